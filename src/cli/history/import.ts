/** `foreshard history import`: Parquet files by anyone (pyarrow, DuckDB, Spark) into a history. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { DamagedFileError, UnknownCapacityError } from '../../history/index.ts';
import type { HistoryStore, ImportResult } from '../../history/index.ts';
import { EXIT_BAD_INPUT, InputError, printError } from '../support/errors.ts';
import { withExamples } from '../support/help.ts';
import { capacitiesOfFile, parseCapacity } from './capacities.ts';
import type { CapacityOf } from './capacities.ts';
import { PLACE, openHistory } from './open.ts';

interface Options {
  nodes?: string;
  capacity?: string;
  output: 'text' | 'json';
}

export function importCommand(): Command {
  const command = new Command('import')
    .description(
      'Take the rows of Parquet files into a history. A file with a column node holds samples in base units ' +
        '(cores, bytes, devices, bits per second); one with a column workflow holds task runs; any other is of ' +
        "one node, named as the file, in fractions of the node's capacity. To import a file again changes nothing.",
    )
    .argument('<dir>', `${PLACE}; a directory is made where it is missing`)
    .argument('<source...>', 'Parquet files, or folders of them')
    .option('--nodes <file>', 'a List of Nodes (YAML): what fractions are fractions of')
    .option(
      '--capacity <amounts>',
      'in place of --nodes, of every node: cpu=16,memory=64Gi,gpu=4,network=10G',
    )
    .addOption(new Option('-o, --output <format>', 'how to report').choices(['text', 'json']).default('text'))
    .action(importSources);
  return withExamples(
    command,
    'history import /var/lib/foreshard/history samples.parquet',
    'history import ./history ./traces --nodes nodes.yaml',
    'history import ./history n1.parquet --capacity cpu=16,memory=64Gi',
  );
}

interface Report extends ImportResult {
  readonly file: string;
}

async function importSources(directory: string, sources: readonly string[], options: Options): Promise<void> {
  const capacityOf = await capacitiesOf(options);
  const files = (await Promise.all(sources.map(listFiles))).flat();
  const store = await openHistory(directory);
  const reports: Report[] = [];
  for (const file of files) {
    const report = await importFile(store, file, capacityOf);
    if (report === undefined) continue;
    reports.push(report);
    if (options.output === 'text') printReport(report);
  }
  await store.close();
  if (options.output === 'json') {
    const rows = reports.reduce((sum, report) => sum + report.rows, 0);
    process.stdout.write(`${JSON.stringify({ rows, files: reports }, undefined, 2)}\n`);
  }
  if (reports.length < files.length) process.exitCode = EXIT_BAD_INPUT;
}

async function capacitiesOf({ nodes, capacity }: Options): Promise<CapacityOf> {
  if (nodes !== undefined && capacity !== undefined) {
    throw new InputError('--nodes and --capacity say the same: leave one of them out');
  }
  if (nodes !== undefined) return capacitiesOfFile(nodes);
  const ofAll = capacity === undefined ? undefined : parseCapacity(capacity);
  return () => ofAll;
}

/** Undefined where the file could not be taken, which has been told: the others still are. */
async function importFile(
  store: HistoryStore,
  file: string,
  capacityOf: CapacityOf,
): Promise<Report | undefined> {
  try {
    return { file, ...(await store.importFile(file, capacityOf)) };
  } catch (error) {
    if (error instanceof UnknownCapacityError) {
      printError(`${file}: ${error.message}: add --capacity, or --nodes with a file that has the node`);
    } else if (error instanceof DamagedFileError) {
      printError(`${file}: ${error.message}: nothing of it was imported; write it anew`);
    } else {
      throw error;
    }
    return undefined;
  }
}

function printReport({ file, kind, rows, nodes, days, problems }: Report): void {
  const what = kind === 'TaskRuns' ? 'task runs' : 'samples';
  const [only] = nodes;
  const where = nodes.length === 1 ? `node ${only ?? ''}` : `${nodes.length} nodes`;
  process.stdout.write(`${file}: ${rows} ${what} of ${where} in ${days} days\n`);
  for (const problem of problems) process.stderr.write(`warning: ${file}: ${problem}\n`);
}

async function listFiles(source: string): Promise<string[]> {
  const info = await stat(source).catch(() => undefined);
  if (info === undefined) {
    throw new InputError(`${source}: there is no such file or folder: check the path`);
  }
  if (!info.isDirectory()) return [source];
  const names = await readdir(source, { recursive: true });
  // The folder may be another history: what is damaged there stays there.
  const files = names.filter((name) => name.endsWith('.parquet') && !name.startsWith('quarantine')).sort();
  if (files.length === 0) {
    throw new InputError(`${source}: no .parquet file is in the folder: name another one`);
  }
  return files.map((name) => join(source, name));
}
