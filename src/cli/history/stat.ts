/**
 * `foreshard history stat`: rows, nodes, times and damaged files. Nothing is written or moved, so it can be asked
 * beside a running operator. The JSON is a contract: fields may be added, and are not renamed.
 */
import { Command, Option } from 'commander';
import { RESOURCES } from '../../core/resources.ts';
import type { HistoryProblem, HistoryStat, NodeStat } from '../../history/index.ts';
import { withExamples } from '../support/help.ts';
import { formatTable } from '../support/table.ts';
import { PLACE, openHistory } from './open.ts';

interface Options {
  output: 'table' | 'json';
}

export function statCommand(): Command {
  const command = new Command('stat')
    .description('Tell what a history holds: rows, nodes, times, gaps, and damaged files.')
    .argument('<dir>', `${PLACE}, also with a Parquet file a node`)
    .addOption(
      new Option('-o, --output <format>', 'how to print it').choices(['table', 'json']).default('table'),
    )
    .action(async (directory: string, { output }: Options) => {
      // Of files that hold fractions only the fractions are known here.
      const capacityOf = () => ({ cpu: 1, memory: 1, gpu: 1, network: 1 });
      const store = await openHistory(directory, { readOnly: true, capacityOf });
      const stat = await store.stat();
      await store.close();
      process.stdout.write(output === 'json' ? asJson(stat) : asTables(stat));
    });
  return withExamples(
    command,
    'history stat /var/lib/foreshard/history',
    'history stat ./traces -o json',
    'history stat s3://cluster-history/prod',
  );
}

/** Nothing of the file is used, as against a single column. */
const isDamaged = ({ action }: HistoryProblem): boolean => action !== 'ColumnSkipped';

const iso = (time: number | undefined): string | null =>
  time === undefined ? null : new Date(time).toISOString();

function asJson({ rows, taskRuns, nodes, from, to, files, engine, damaged }: HistoryStat): string {
  const value = {
    rows,
    nodes: nodes.map(({ node }) => node),
    from: iso(from),
    to: iso(to),
    damaged: damaged.filter(isDamaged).map(({ file }) => file),
    taskRuns,
    files,
    engine,
    problems: damaged,
    byNode: nodes.map(({ from: first, to: last, ...rest }) => ({
      ...rest,
      from: iso(first),
      to: iso(last),
    })),
  };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function asTables(stat: HistoryStat): string {
  const counts = [stat.rows, stat.nodes.length, stat.taskRuns, stat.files].map(String);
  const summary = formatTable(
    ['ROWS', 'NODES', 'TASK RUNS', 'FILES', 'FROM', 'TO', 'DAMAGED'],
    [[...counts, iso(stat.from) ?? '-', iso(stat.to) ?? '-', String(stat.damaged.filter(isDamaged).length)]],
  );
  const nodes = formatTable(
    ['NODE', 'ROWS', 'FROM', 'TO', 'STEP', 'GAPS', ...RESOURCES.map((r) => r.toUpperCase())],
    stat.nodes.map(nodeRow),
  );
  const problems = stat.damaged.map(({ file, reason, action }) => `${file}: ${action}: ${reason}\n`).join('');
  const engine = `Read by ${stat.engine}.\n`;
  return [summary, engine, stat.nodes.length === 0 ? '' : nodes, problems]
    .filter((part) => part !== '')
    .join('\n');
}

function nodeRow({ node, rows, from, to, stepMs, gaps, measured }: NodeStat): string[] {
  const shares = RESOURCES.map((r) => `${String(Math.floor(measured[r] * 100))}%`);
  const step = stepMs === undefined ? '-' : `${String(stepMs / 1000)}s`;
  return [node, String(rows), iso(from) ?? '-', iso(to) ?? '-', step, String(gaps), ...shares];
}
