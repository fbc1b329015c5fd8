/** Foreshard's own kinds in a test's cluster. */
import { CRD_FOLDER } from '../../../src/api/validation/schema.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';

/** Returns when objects of them can be created. */
export async function installCrds(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', CRD_FOLDER]);
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', CRD_FOLDER]);
}
