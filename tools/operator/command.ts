/**
 * What an operator outside the cluster is started with: the token of its own ServiceAccount, and a configuration whose
 * servers listen on free ports of 127.0.0.1.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import yaml from 'js-yaml';

import type { Cluster } from '../control-plane/cluster.ts';

/**
 * Writes its files into `folder`, and returns what follows `foreshard` on the command line.
 *
 * @param sections of the OperatorConfiguration
 */
export async function operatorCommand(
  cluster: Cluster,
  folder: string,
  sections: Readonly<Record<string, object>>,
): Promise<string[]> {
  const config = join(folder, 'operator.yaml');
  const kubeconfig = join(folder, 'operator.kubeconfig');
  await writeFile(kubeconfig, await operatorKubeconfig(cluster), { mode: 0o600 });
  await writeFile(
    config,
    yaml.dump({
      apiVersion: 'config.foreshard.dev/v1alpha1',
      kind: 'OperatorConfiguration',
      metrics: { bindAddress: '127.0.0.1:0' },
      health: { bindAddress: '127.0.0.1:0' },
      ...sections,
    }),
  );
  return ['operator', '--config', config, '--kubeconfig', kubeconfig, '--log-format', 'text'];
}

/** A kubeconfig (YAML) with the rights of `config/rbac` and no more; its token lives for an hour. */
async function operatorKubeconfig(cluster: Cluster): Promise<string> {
  const token = await cluster.kubectl([
    '--namespace=foreshard-system',
    'create',
    'token',
    'foreshard-operator',
    '--duration=1h',
  ]);
  const config = yaml.load(await readFile(cluster.kubeconfig, 'utf8')) as { users: { user: object }[] };
  for (const user of config.users) user.user = { token: token.trim() };
  return yaml.dump(config);
}
