/**
 * What a plan costs by the number of tasks, and by the number of nodes: `speed.ts` in fresh processes, the median of
 * several runs of each size, and the exponents of a least squares fit of log cost against log size.
 *
 *     npm run bench:scaling -- [--runs 3] [--json]
 *
 * Sizes go in turns, so that what else the machine does meets all of them.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './measured.ts';

const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } },
});
const RUNS = Number(options.runs);
const SCRIPT = join(import.meta.dirname, 'speed.ts');

const BY_TASKS = [1250, 2500, 5000, 10_000, 20_000].map((tasks) => ({ tasks, nodes: 1000 }));
const BY_NODES = [125, 250, 500, 1000, 2000].map((nodes) => ({ tasks: 10_000, nodes }));

interface Size {
  readonly tasks: number;
  readonly nodes: number;
}

/** Of what `speed.ts` reports. */
interface Report {
  readonly cpuSeconds: number;
  readonly firstFailureCpuSeconds: number;
  readonly failureCpuSeconds: number;
  readonly peakRssBytes: number;
}

type Row = Size & Record<'plan s' | 'first failure s' | 'failure s' | 'peak MB', number>;

function measure({ tasks, nodes }: Size): Report {
  const args = [SCRIPT, '--tasks', String(tasks), '--nodes', String(nodes), '--json'];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Report;
}

function rowsOf(sizes: readonly Size[]): Row[] {
  const reports = Array.from({ length: RUNS }, () => sizes.map(measure));
  return sizes.map(({ tasks, nodes }, i) => {
    const middle = (of: keyof Report, unit = 1): number =>
      Number((median(reports.map((run) => run[i]?.[of] ?? NaN)) / unit).toPrecision(3));
    return {
      tasks,
      nodes,
      'plan s': middle('cpuSeconds'),
      'first failure s': middle('firstFailureCpuSeconds'),
      'failure s': middle('failureCpuSeconds'),
      'peak MB': middle('peakRssBytes', 1e6),
    };
  });
}

/** The exponent e of cost = c × size^e. */
function exponent(sizes: readonly number[], costs: readonly number[]): number {
  const [x, y] = [sizes.map(Math.log), costs.map(Math.log)];
  const mean = (of: readonly number[]): number => of.reduce((sum, v) => sum + v, 0) / of.length;
  const [mx, my] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, v, i) => sum + (v - mx) * ((y[i] ?? 0) - my), 0);
  return covariance / x.reduce((sum, v) => sum + (v - mx) ** 2, 0);
}

const results = (['tasks', 'nodes'] as const).map((by) => {
  const rows = rowsOf(by === 'tasks' ? BY_TASKS : BY_NODES);
  const sizes = rows.map((row) => row[by]);
  const fit = (of: 'plan s' | 'first failure s' | 'failure s' | 'peak MB'): number =>
    Number(
      exponent(
        sizes,
        rows.map((row) => row[of]),
      ).toFixed(2),
    );
  const exponents = {
    'exponent in': by,
    'plan s': fit('plan s'),
    'first failure s': fit('first failure s'),
    'failure s': fit('failure s'),
    'peak MB': fit('peak MB'),
  };
  return { rows, exponents };
});
if (options.json) console.log(JSON.stringify(results));
else {
  for (const { rows } of results) console.table(rows);
  console.table(results.map(({ exponents }) => exponents));
}
