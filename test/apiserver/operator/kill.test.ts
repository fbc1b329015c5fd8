import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { Workflow } from '../../../src/api/types.generated.ts';
import { seededRandom } from '../../../src/runtime/index.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster, withNamespace } from '../../support/cluster.ts';
import { installOperator, startOperator } from '../../support/operator.ts';

const NODES = ['kill-a', 'kill-b', 'kill-c'];
const KILLS = 20;
/** Layers of tasks, each depending on all of the layer before. */
const LAYERS = 6;
const WIDTH = 3;

describe('an operator that is killed again and again', function () {
  this.timeout(240_000);
  let cluster: Cluster;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    cluster = await sharedCluster();
    await cluster.addNodes(NODES.map((name) => ({ name, cpu: 8, memory: '32Gi', labels: { pool: 'kill' } })));
    await installOperator(cluster);
  });

  after(async () => {
    for (const name of NODES) await cluster.deleteNode(name);
  });

  it(`finishes the workflow and runs no task twice, over ${KILLS} kills at random moments`, async () => {
    await withNamespace(cluster, async (namespace) => {
      const seen = watchNames(cluster, namespace);
      await cluster.kubectl(['apply', '--server-side', '-f', '-'], layered(namespace));
      const random = seededRandom(7);
      // One process at a time, so there is no lease to wait for: what is tested is what a crash leaves behind.
      const overrides = { leaderElection: { enabled: false } };
      for (let kill = 0; kill < KILLS; kill++) {
        const operator = await startOperator(cluster, overrides);
        await sleep(600 + random() * 1800);
        await operator.kill('SIGKILL');
        await operator.stop();
      }
      const last = await startOperator(cluster, overrides);
      try {
        const done = await eventually(
          'the workflow to succeed',
          async () =>
            JSON.parse(
              await cluster.kubectl([
                '-n',
                namespace,
                'get',
                'workflows.foreshard.dev',
                'layers',
                '-o',
                'json',
              ]),
            ) as Workflow,
          (w) => w.status?.conditions?.some((c) => c.type === 'Succeeded' && c.status === 'True') ?? false,
          100,
        );
        expect(done.status?.taskCounts?.succeeded).to.equal(LAYERS * WIDTH);
      } finally {
        await last.stop();
      }
      const { jobs, pods } = seen.stop();
      expect(jobs.size, 'Jobs ever made').to.equal(LAYERS * WIDTH);
      expect(pods.size, 'Pods ever made').to.equal(LAYERS * WIDTH);
    });
  });
});

function layered(namespace: string): string {
  const tasks = Array.from({ length: LAYERS * WIDTH }, (_, i) => {
    const layer = Math.floor(i / WIDTH);
    const before = Array.from({ length: WIDTH }, (_unused, k) => `t-${(layer - 1) * WIDTH + k}`);
    return { name: `t-${i}`, templateRef: 'work', ...(layer === 0 ? {} : { dependencies: before }) };
  });
  const template = {
    metadata: { annotations: { 'foreshard.dev/simulated-seconds': '3' } },
    spec: { containers: [{ name: 'main', image: 'registry.example.com/work:1' }] },
  };
  return JSON.stringify({
    apiVersion: 'foreshard.dev/v1alpha1',
    kind: 'Workflow',
    metadata: { name: 'layers', namespace },
    spec: {
      templates: [
        {
          name: 'work',
          estimatedDurationSeconds: 3,
          resources: { cpu: '1', memory: '1Gi' },
          nodeSelector: { pool: 'kill' },
          template,
        },
      ],
      tasks,
    },
  });
}

/** Every Job and Pod that the API server ever shows, from its own watch: not what the operator says. */
function watchNames(
  cluster: Cluster,
  namespace: string,
): { stop(): { jobs: Set<string>; pods: Set<string> } } {
  const watch = (kind: string): { names: Set<string>; end(): void } => {
    const child = spawn('kubectl', ['-n', namespace, 'get', kind, '--watch', '-o', 'name'], {
      env: { ...process.env, ...cluster.env() },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const names = new Set<string>();
    child.stdout.on('data', (data: Buffer) => {
      for (const line of data.toString().split('\n')) if (line !== '') names.add(line);
    });
    return { names, end: () => child.kill('SIGKILL') };
  };
  const jobs = watch('jobs');
  const pods = watch('pods');
  return {
    stop: () => {
      jobs.end();
      pods.end();
      return { jobs: jobs.names, pods: pods.names };
    },
  };
}
