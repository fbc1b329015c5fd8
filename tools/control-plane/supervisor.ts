/**
 * The process that owns a cluster's components: `node supervisor.ts <folder> attached|detached`.
 *
 * It stands between them and whoever started the cluster, so that they end in order however that process ends. An
 * attached supervisor reads its standard input, a pipe whose other end only the owner holds: when the owner is gone,
 * even by `kill -9`, the pipe closes. A detached one runs until SIGTERM. Both remove the folder at the end.
 *
 * Standard output carries one line of JSON, a SupervisorReport; everything else goes to the log.
 */
import { readFile, rm } from 'node:fs/promises';

import { clusterFiles } from './components.ts';
import type { ClusterSettings } from './components.ts';
import { ControlPlane } from './control-plane.ts';
import type { StartTimes } from './control-plane.ts';

/** What the supervisor tells its parent, once. */
export type SupervisorReport =
  | { readonly state: 'ready'; readonly times: StartTimes }
  | { readonly state: 'failed'; readonly message: string };

const [folder = '', mode] = process.argv.slice(2);
if (folder === '' || (mode !== 'attached' && mode !== 'detached')) {
  throw new Error('usage: supervisor.ts <folder> attached|detached');
}

const settings = JSON.parse(await readFile(clusterFiles(folder).settings, 'utf8')) as ClusterSettings;
const controlPlane = new ControlPlane(folder, settings);
let ending: Promise<never> | undefined;

function end(reason: string, exitCode: number): Promise<never> {
  ending ??= (async (): Promise<never> => {
    console.error(`${new Date().toISOString()} stopping: ${reason}`);
    await controlPlane.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    process.exit(exitCode);
  })();
  return ending;
}

function report(message: SupervisorReport): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

// The parent may be gone before it reads the report.
process.stdout.on('error', () => undefined);
process.on('SIGTERM', () => void end('SIGTERM', 0));
process.on('SIGINT', () => void end('SIGINT', 0));
if (mode === 'attached') {
  const ownerGone = (): undefined => void end('the owner closed the pipe or is gone', 0);
  process.stdin.resume().on('end', ownerGone).on('error', ownerGone);
}

try {
  const times = await controlPlane.start();
  report({ state: 'ready', times });
  const failure = await controlPlane.failure();
  console.error(failure);
  await end('a component ended', 1);
} catch (error) {
  // A stop that was asked for during the start makes the start fail; that is no failure to report.
  if (ending === undefined)
    report({ state: 'failed', message: error instanceof Error ? error.message : String(error) });
  await end('the start failed', 1);
}
