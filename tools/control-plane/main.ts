/**
 * The command line of the local control plane: `npm run --silent cluster -- <command>`.
 *
 * Standard output carries only what a shell evaluates or a script reads; progress and messages go to standard error.
 */
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { Command, InvalidArgumentError } from 'commander';

import { resolveBinaries } from './binaries.ts';
import { openCluster, startDetachedCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { removeCluster } from './leftovers.ts';
import { withLock } from './lock.ts';
import { exampleNodes } from './nodes.ts';
import { progressOn, withProgress } from './progress.ts';

const progress = progressOn();

/** `$XDG_STATE_HOME/foreshard/clusters`, or under `~/.local/state`: one folder a named cluster. */
function clustersFolder(): string {
  return join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'foreshard', 'clusters');
}

/** Runs `work` with the named cluster's folder, alone: two `up` at once must not start two clusters. */
async function withNamed<T>(name: string, work: (folder: string) => Promise<T>): Promise<T> {
  const wait = (): void => progress.line(`Another command works on cluster "${name}"; waiting for it …`);
  return await withLock(
    join(clustersFolder(), `${name}.lock`),
    () => work(join(clustersFolder(), name)),
    wait,
  );
}

async function up(options: { name: string; nodes: number; grace: number }): Promise<void> {
  const cluster = await withNamed(options.name, async (folder) => {
    const running = await openCluster(folder);
    if (running !== undefined) {
      progress.line(`Cluster "${options.name}" is already up.`);
      return running;
    }
    await removeCluster(folder);
    return await startNamed(folder, options);
  });
  printExport(cluster);
}

async function startNamed(folder: string, options: { nodes: number; grace: number }): Promise<Cluster> {
  // A build may be needed first, with a progress of its own.
  await resolveBinaries(process.env, progress);
  return await withProgress(progress, 'starting the control plane …', () => startOrNothing(folder, options));
}

/** Starts the cluster and its nodes; when that fails or is interrupted, nothing is left running. */
async function startOrNothing(folder: string, options: { nodes: number; grace: number }): Promise<Cluster> {
  const interrupted = new AbortController();
  const onSignal = (): void => interrupted.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  let cluster: Cluster | undefined;
  try {
    cluster = await startDetachedCluster({ folder, nodeMonitorGraceSeconds: options.grace, progress });
    if (options.nodes > 0) await cluster.addNodes(exampleNodes(options.nodes));
    interrupted.signal.throwIfAborted();
    return cluster;
  } catch (error) {
    await cluster?.stop();
    throw interrupted.signal.aborted ? new Error('Interrupted; nothing is left running.') : error;
  }
}

async function down(options: { name: string }): Promise<void> {
  await withNamed(options.name, async (folder) => {
    const cluster = await openCluster(folder);
    await cluster?.stop();
    // Also without a supervisor: what one that was killed has left.
    await removeCluster(folder);
    progress.line(cluster ? `Cluster "${options.name}" is down.` : `There is no cluster "${options.name}".`);
  });
  await rm(join(clustersFolder(), `${options.name}.lock`), { force: true });
}

async function env(options: { name: string }): Promise<void> {
  const cluster = await openCluster(join(clustersFolder(), options.name));
  if (cluster === undefined) {
    throw new Error(`There is no cluster "${options.name}". Start it: npm run --silent cluster -- up`);
  }
  printExport(cluster);
}

async function build(): Promise<void> {
  for (const [name, path] of Object.entries(await resolveBinaries(process.env, progress))) {
    process.stdout.write(`${name}\t${path}\n`);
  }
}

function printExport(cluster: Cluster): void {
  process.stdout.write(`export KUBECONFIG='${cluster.kubeconfig.replaceAll("'", "'\\''")}'\n`);
}

function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < minimum) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${String(minimum)}.`);
    }
    return value;
  };
}

function clusterName(text: string): string {
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text)) {
    throw new InvalidArgumentError('It must consist of lower case letters, digits and hyphens.');
  }
  return text;
}

const run = 'npm run --silent cluster --';

function command(name: string, description: string, example: string): Command {
  return new Command(name).description(description).addHelpText('after', `\nExample:\n  ${example}`);
}

function nameOption(subcommand: Command): Command {
  return subcommand.option('--name <name>', 'which cluster', clusterName, 'default');
}

const program = new Command('cluster')
  .description('A local Kubernetes control plane: real components, nodes played by KWOK.')
  .addHelpText('after', `\nExample:\n  eval "$(${run} up)" && kubectl get nodes`)
  .addCommand(
    nameOption(
      command('up', 'start a cluster that stays, and print its KUBECONFIG', `eval "$(${run} up --nodes 3)"`),
    )
      .option('--nodes <count>', 'nodes of unequal size, every fourth with two GPUs', wholeNumber(0), 8)
      .option('--grace <seconds>', 'how long a node may be silent before it is Unknown', wholeNumber(6), 16)
      .action(up),
  )
  .addCommand(nameOption(command('down', 'end a cluster and remove all of it', `${run} down`)).action(down))
  .addCommand(
    nameOption(command('env', 'print the KUBECONFIG of a running cluster', `eval "$(${run} env)"`)).action(
      env,
    ),
  )
  .addCommand(
    command('build', 'find the programs, build what is missing, print paths', `${run} build`).action(build),
  );

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
