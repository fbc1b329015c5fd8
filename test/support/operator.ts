/** The operator as a process of its own, with the service account and the rights of config/rbac. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import yaml from 'js-yaml';
import type { Cluster } from '../../tools/control-plane/cluster.ts';
import { operatorKubeconfig } from '../../tools/operator/access.ts';

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
  const kubeconfig = path.join(folder, 'kubeconfig');
  const config = path.join(folder, 'operator.yaml');
  await writeFile(kubeconfig, await operatorKubeconfig(cluster), { mode: 0o600 });
  await writeFile(
    config,
    yaml.dump({
      apiVersion: 'config.foreshard.dev/v1alpha1',
      kind: 'OperatorConfiguration',
      history: { directory: path.join(folder, 'history') },
      leaderElection: { enabled: true },
      metrics: { bindAddress: '127.0.0.1:0' },
      health: { bindAddress: '127.0.0.1:0' },
      ...overrides,
    }),
  );
  const main = path.join(ROOT, 'src/cli/main.ts');
  const child = spawn(
    process.execPath,
    [main, 'operator', '--config', config, '--kubeconfig', kubeconfig, '--log-format', 'text'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
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
