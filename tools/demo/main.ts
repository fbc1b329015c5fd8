/** The command line of the demo: `npm run --silent demo -- <command>`; `make demo` and `make demo-down` call it. */
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Command } from 'commander';

import { removeDemo, runDemo } from './demo.ts';

const folder = fileURLToPath(new URL('../../.demo', import.meta.url));

async function up(options: { history?: string }): Promise<void> {
  const interrupted = new AbortController();
  const onSignal = (): void => interrupted.abort(new Error('Interrupted; nothing is left running.'));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  // Make hands on HISTORY as it is, empty where it is not set.
  const traces =
    options.history === undefined || options.history === '' ? undefined : resolve(options.history);
  if (traces !== undefined) await mustExist(traces);
  try {
    await runDemo({
      folder,
      traces,
      nodes: 8,
      days: 14,
      seed: 7,
      tell: (line) => process.stdout.write(`${line}\n`),
      signal: interrupted.signal,
    });
  } finally {
    if (interrupted.signal.aborted) await removeDemo(folder);
  }
}

async function mustExist(directory: string): Promise<void> {
  await access(directory).catch((error: unknown) => {
    throw new Error(`There is no directory ${directory}. HISTORY must hold one Parquet file a node.`, {
      cause: error,
    });
  });
}

async function down(): Promise<void> {
  process.stderr.write((await removeDemo(folder)) ? 'The demo is removed.\n' : 'There is no demo.\n');
}

const run = 'npm run --silent demo --';

const program = new Command('demo')
  .description('The main job end to end, on a local control plane.')
  .addHelpText('after', `\nExample:\n  ${run} up && ${run} down`)
  .addCommand(
    new Command('up')
      .description('run it, and leave everything up for a look')
      .option('--history <directory>', 'recorded load, one Parquet file a node, in place of generated load')
      .addHelpText('after', `\nExample:\n  ${run} up --history ~/traces`)
      .action(up),
  )
  .addCommand(
    new Command('down')
      .description('end it and remove all of it')
      .addHelpText('after', `\nExample:\n  ${run} down`)
      .action(down),
  );

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
