import { expect } from 'chai';
import { FIELD_MANAGER, MAX_TASKS, SHARD_PLANS, WORKFLOWS } from '../../../src/api/constants.ts';
import type { ShardPlan, Workflow } from '../../../src/api/types.generated.ts';
import { createEnvironment } from '../../../src/runtime/environment.ts';
import { KubeClient } from '../../../src/runtime/kube-client.ts';
import type { KubernetesObject } from '../../../src/runtime/types.ts';
import {
  clusterStartTimeoutMs,
  loadKubeConfig,
  sharedCluster,
  withNamespace,
} from '../../support/cluster.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { installCrds } from '../../../tools/operator/install.ts';
import {
  largePlan,
  largePlanStatus,
  largeWorkflow,
  largeWorkflowStatus,
  manyLearned,
} from './large-objects.ts';

/** What etcd takes in one request, unless told otherwise. */
const ETCD_LIMIT_BYTES = 1.5 * 1024 * 1024;

describe(`an object of ${MAX_TASKS} tasks, with all of its status, fits in etcd`, function () {
  this.timeout(60_000);
  let cluster: Cluster;
  let client: KubeClient;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    cluster = await sharedCluster();
    await installCrds(cluster);
    client = new KubeClient(loadKubeConfig(cluster), createEnvironment());
  });

  after(() => {
    client.close();
  });

  it('a Workflow', async () => {
    await withNamespace(cluster, async (namespace) => {
      const workflow = largeWorkflow(namespace);
      await client.create(WORKFLOWS, workflow);
      const status = {
        ...identity(workflow),
        status: { tasks: largeWorkflowStatus(), learned: manyLearned() },
      };
      await client.applyStatus(WORKFLOWS, status as Partial<Workflow>, {
        fieldManager: FIELD_MANAGER.dispatcher,
      });

      const stored = await client.get<Workflow>(WORKFLOWS, { namespace, name: 'large' });
      expect(stored.status?.tasks).to.have.length(MAX_TASKS);
      expect(report('Workflow', stored)).to.be.below(ETCD_LIMIT_BYTES);
    });
  });

  it('a ShardPlan, every task of which was moved', async () => {
    await withNamespace(cluster, async (namespace) => {
      const plan = largePlan(namespace);
      await client.serverSideApply(SHARD_PLANS, plan, { fieldManager: FIELD_MANAGER.sharder });
      const status = { ...identity(plan), status: largePlanStatus() };
      await client.applyStatus(SHARD_PLANS, status as Partial<ShardPlan>, {
        fieldManager: FIELD_MANAGER.resharder,
      });

      const stored = await client.get<ShardPlan>(SHARD_PLANS, { namespace, name: 'large' });
      expect(stored.status?.assignments).to.have.length(MAX_TASKS);
      expect(report('ShardPlan', stored)).to.be.below(ETCD_LIMIT_BYTES);
    });
  });
});

function identity({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  return { apiVersion, kind, metadata: { name: metadata?.name, namespace: metadata?.namespace } };
}

/** Custom resources are stored as JSON. */
function report(kind: string, object: KubernetesObject): number {
  const total = Buffer.byteLength(JSON.stringify(object));
  const managed = Buffer.byteLength(JSON.stringify(object.metadata?.managedFields));
  const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
  console.log(`      ${kind}: ${kib(total)}, of which managedFields ${kib(managed)}`);
  return total;
}
