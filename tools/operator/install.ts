/** Foreshard's kinds and the operator's rights in a cluster, as `config/` has them. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { NODE_FORECASTS, SHARD_PLANS, WORKFLOWS } from '../../src/api/constants.ts';
import { CRD_FOLDER } from '../../src/api/validation/schema.ts';
import type { Cluster } from '../control-plane/cluster.ts';

const CONFIG_FOLDER = fileURLToPath(new URL('../../config', import.meta.url));
const CRDS = [WORKFLOWS, SHARD_PLANS, NODE_FORECASTS].map(({ plural, group }) => `crd/${plural}.${group}`);

/** Of a kind that was applied this moment: it has no conditions yet, and kubectl gives up where it should wait. */
const NO_CONDITIONS_YET = 'conditions accessor error';
const MOST_LOOKS = 40;
const BETWEEN_LOOKS_MS = 250;

/** Returns when objects of the kinds can be created. */
export async function installCrds(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-k', CRD_FOLDER]);
  await waitUntilEstablished(cluster, CRDS);
}

/** @param crds as kubectl names them: `crd/…` */
export async function waitUntilEstablished(cluster: Cluster, crds: readonly string[]): Promise<void> {
  for (let look = 1; ; look++) {
    try {
      await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...crds]);
      return;
    } catch (error) {
      if (look === MOST_LOOKS || !String(error).includes(NO_CONDITIONS_YET)) throw error;
      await sleep(BETWEEN_LOOKS_MS);
    }
  }
}

/** Everything of `config/default` but the Deployment: for an operator that runs outside the cluster. */
export async function installOperator(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '-f', join(CONFIG_FOLDER, 'manager/namespace.yaml')]);
  await installCrds(cluster);
  await cluster.kubectl(['apply', '--server-side', '-k', join(CONFIG_FOLDER, 'rbac')]);
}
