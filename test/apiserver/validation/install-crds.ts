/** Foreshard's own kinds in a test's cluster. */
import { NODE_FORECASTS, SHARD_PLANS, WORKFLOWS } from '../../../src/api/constants.ts';
import { CRD_FOLDER } from '../../../src/api/validation/schema.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';

const NAMES = [WORKFLOWS, SHARD_PLANS, NODE_FORECASTS].map(({ plural, group }) => `crd/${plural}.${group}`);

/** Returns when objects of them can be created. */
export async function installCrds(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-k', CRD_FOLDER]);
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...NAMES]);
}
