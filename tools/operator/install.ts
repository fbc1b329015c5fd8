/** Foreshard's kinds and the operator's rights in a cluster, as `config/` has them. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { NODE_FORECASTS, SHARD_PLANS, WORKFLOWS } from '../../src/api/constants.ts';
import { CRD_FOLDER } from '../../src/api/validation/schema.ts';
import type { Cluster } from '../control-plane/cluster.ts';

const CONFIG_FOLDER = fileURLToPath(new URL('../../config', import.meta.url));
const CRDS = [WORKFLOWS, SHARD_PLANS, NODE_FORECASTS].map(({ plural, group }) => `crd/${plural}.${group}`);

/** Returns when objects of the kinds can be created. */
export async function installCrds(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-k', CRD_FOLDER]);
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...CRDS]);
}

/** Everything of `config/default` but the Deployment: for an operator that runs outside the cluster. */
export async function installOperator(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '-f', join(CONFIG_FOLDER, 'manager/namespace.yaml')]);
  await installCrds(cluster);
  await cluster.kubectl(['apply', '--server-side', '-k', join(CONFIG_FOLDER, 'rbac')]);
}
