import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LABEL_TASK, LABEL_WORKFLOW } from '../../../src/api/constants.ts';
import type { NodeForecast } from '../../../src/api/types.generated.ts';
import { HistoryStore } from '../../../src/history/index.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster, withNamespace } from '../../support/cluster.ts';
import { waitUntilEstablished } from '../../../tools/operator/install.ts';
import { installOperator, startOperator } from '../../support/operator.ts';
import { METRICS_CRDS, nodeMetrics, podMetrics } from './metrics-crds.ts';

const NODE = 'metrics-a';
const GIB = 2 ** 30;

/** Bound by hand, so that KWOK runs it at once. */
function pod(namespace: string, name: string, labels: Record<string, string>, gpus = 0): object {
  const requests = { cpu: '2', memory: '1Gi', ...(gpus > 0 ? { 'nvidia.com/gpu': String(gpus) } : {}) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels },
    spec: {
      nodeName: NODE,
      containers: [
        { name: 'main', image: 'registry.example.com/x:1', resources: { requests, limits: requests } },
      ],
    },
  };
}

describe('Background load, from metrics.k8s.io and the pods of a real API server', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let folder: string;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    cluster = await sharedCluster();
    folder = await mkdtemp(join(tmpdir(), 'foreshard-background-'));
    await cluster.addNodes([{ name: NODE, cpu: 16, memory: '64Gi', gpus: 4 }]);
    await installOperator(cluster);
    await apply(...METRICS_CRDS);
    await waitUntilEstablished(cluster, ['crd/nodes.metrics.k8s.io', 'crd/pods.metrics.k8s.io']);
  });

  after(async () => {
    await cluster.kubectl(['delete', 'crd', 'nodes.metrics.k8s.io', 'pods.metrics.k8s.io']);
    await cluster.deleteNode(NODE);
    await rm(folder, { recursive: true, force: true });
  });

  async function apply(...items: object[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], list);
  }

  it("is the nodes' usage less that of Foreshard's pods, and the GPUs that others have taken", () =>
    withNamespace(cluster, async (namespace) => {
      const labels = { [LABEL_WORKFLOW]: 'flow', [LABEL_TASK]: 'fit' };
      await apply(
        pod(namespace, 'measured', labels, 2),
        pod(namespace, 'unmeasured', labels),
        pod(namespace, 'theirs', {}, 1),
        nodeMetrics(NODE, Date.now(), { cpu: '9', memory: '20Gi' }),
        podMetrics(namespace, 'measured', Date.now(), labels, { cpu: '1500m', memory: '4Gi' }),
        podMetrics(namespace, 'theirs', Date.now(), {}, { cpu: '3', memory: '2Gi' }),
      );
      const operator = await startOperator(cluster, {
        history: { directory: folder, flushSeconds: 1 },
        forecast: { periodSeconds: 2 },
        observe: { intervalSeconds: 1 },
      });
      try {
        // Requests stand in for what is not measured: 2 cores and 1 GiB.
        const expected = { cpu: 9 - 1.5 - 2, memory: (20 - 4 - 1) * GIB, gpu: 1 };
        const history = await HistoryStore.open(folder, { now: () => Date.now(), readOnly: true });
        await eventually(
          'history holds background load',
          async () => {
            await apply(nodeMetrics(NODE, Date.now(), { cpu: '9', memory: '20Gi' }));
            const load = (await history.read()).get(NODE)?.load;
            return { cpu: load?.cpu.at(-1), memory: load?.memory.at(-1), gpu: load?.gpu.at(-1) };
          },
          (seen) => JSON.stringify(seen) === JSON.stringify(expected),
          40,
        );
        const { status } = await eventually(
          'the NodeForecast shows it',
          async () =>
            JSON.parse(await cluster.kubectl(['get', 'nodeforecast', NODE, '-o', 'json'])) as NodeForecast,
          (f) => f.status?.resources?.find(({ name }) => name === 'cpu')?.observed?.available === 10_500,
          40,
        );
        const gpu = status?.resources?.find(({ name }) => name === 'gpu');
        expect(gpu?.observed?.available).to.equal(3000);
        expect(operator.log()).to.not.include('observing failed');
      } finally {
        await operator.stop();
      }
    }));
});
