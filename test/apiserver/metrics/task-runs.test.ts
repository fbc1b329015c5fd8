import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { HistoryStore, taskRunAt } from '../../../src/history/index.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster, withNamespace } from '../../support/cluster.ts';
import { installOperator, startOperator } from '../../support/operator.ts';

const NODE = 'runs-a';
const SECONDS = 2;

function workflow(namespace: string): string {
  return JSON.stringify({
    apiVersion: 'foreshard.dev/v1alpha1',
    kind: 'Workflow',
    metadata: { name: 'flow', namespace },
    spec: {
      templates: [
        {
          name: 'work',
          estimatedDurationSeconds: SECONDS,
          resources: { cpu: '2', memory: '1Gi' },
          nodeSelector: { pool: 'runs' },
          template: {
            metadata: { annotations: { 'foreshard.dev/simulated-seconds': String(SECONDS) } },
            spec: { containers: [{ name: 'main', image: 'registry.example.com/work:1' }] },
          },
        },
      ],
      tasks: [
        { name: 'fetch', templateRef: 'work' },
        { name: 'join', templateRef: 'work', dependencies: ['fetch'], type: 'joining' },
      ],
    },
  });
}

describe('Task runs of a real workflow', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let folder: string;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    cluster = await sharedCluster();
    folder = await mkdtemp(join(tmpdir(), 'foreshard-runs-'));
    await cluster.addNodes([{ name: NODE, cpu: 8, memory: '32Gi', labels: { pool: 'runs' } }]);
    await installOperator(cluster);
  });

  after(async () => {
    await cluster.deleteNode(NODE);
    await rm(folder, { recursive: true, force: true });
  });

  it('are in the history once each, also when the operator was restarted', () =>
    withNamespace(cluster, async (namespace) => {
      const start = () =>
        startOperator(cluster, {
          history: { directory: folder, flushSeconds: 1 },
          observe: { intervalSeconds: 1 },
        });
      const history = await HistoryStore.open(folder, { now: () => Date.now(), readOnly: true });
      const read = async () => {
        const runs = await history.readTaskRuns();
        return Array.from({ length: runs.length }, (_, i) => taskRunAt(runs, i));
      };
      const first = await start();
      try {
        await cluster.kubectl(['apply', '--server-side', '-f', '-'], workflow(namespace));
        await eventually('both runs are written', read, (runs) => runs.length === 2, 60);
      } finally {
        await first.stop();
      }
      const second = await start();
      try {
        await eventually(
          'the second operator leads',
          () => Promise.resolve(second.log()),
          (log) => log.includes('history read'),
          40,
        );
      } finally {
        await second.stop();
      }
      const runs = await read();
      expect(
        runs.map(({ workflow: w, task, type, node, outcome }) => [w, task, type, node, outcome]),
      ).to.deep.equal([
        [`${namespace}/flow`, 'fetch', 'work', NODE, 'Succeeded'],
        [`${namespace}/flow`, 'join', 'joining', NODE, 'Succeeded'],
      ]);
      for (const { start: from, end, requested } of runs) {
        expect(end - from).to.be.within(SECONDS * 1000 - 1000, SECONDS * 1000 + 8000);
        expect(requested).to.deep.equal({ cpu: 2, memory: 2 ** 30, gpu: 0, network: 0 });
      }
    }));
});
