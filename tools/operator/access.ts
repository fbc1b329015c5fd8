/** The operator's way into a cluster when it runs outside: the token of its own ServiceAccount. */
import { readFile } from 'node:fs/promises';

import yaml from 'js-yaml';

import type { Cluster } from '../control-plane/cluster.ts';

/** A kubeconfig (YAML) with the rights of `config/rbac` and no more; its token lives for an hour. */
export async function operatorKubeconfig(cluster: Cluster): Promise<string> {
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
