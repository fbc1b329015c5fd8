/** The operator as a process of its own, with the service account and the rights of config/rbac. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import type { Cluster } from '../../tools/control-plane/cluster.ts';
import { operatorCommand } from '../../tools/operator/command.ts';

export { installOperator } from '../../tools/operator/install.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface OperatorProcess {
  /** What it has logged so far. */
  log(): string;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** @param overrides sections of the OperatorConfiguration */
export async function startOperator(
  cluster: Cluster,
  overrides: Record<string, object> = {},
): Promise<OperatorProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'foreshard-operator-'));
  const command = await operatorCommand(cluster, folder, {
    history: { directory: path.join(folder, 'history') },
    leaderElection: { enabled: true },
    ...overrides,
  });
  const main = path.join(ROOT, 'src/cli/main.ts');
  const child = spawn(process.execPath, [main, ...command], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (data: Buffer) => (log += data.toString()));
  return {
    log: () => log,
    kill: (signal) => end(child, signal),
    stop: async () => {
      await end(child, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
