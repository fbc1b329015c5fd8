import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type {
  LearnedTaskType,
  ShardPlan,
  TaskAssignment,
  Workflow,
} from '../../../src/api/types.generated.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster, withNamespace } from '../../support/cluster.ts';
import { installOperator, startOperator, type OperatorProcess } from '../../support/operator.ts';

const NODE = 'learn-a';
const ESTIMATE = 1;
const REAL = 12;
const TASKS = 6;

function workflow(namespace: string, name: string, tasks: number): string {
  const work = {
    name: 'work',
    estimatedDurationSeconds: ESTIMATE,
    resources: { cpu: '1', memory: '1Gi' },
    nodeSelector: { pool: 'learn' },
    template: {
      metadata: { annotations: { 'foreshard.dev/simulated-seconds': String(REAL) } },
      spec: { containers: [{ name: 'main', image: 'registry.example.com/work:1' }] },
    },
  };
  return JSON.stringify({
    apiVersion: 'foreshard.dev/v1alpha1',
    kind: 'Workflow',
    metadata: { name, namespace },
    spec: {
      templates: [work],
      tasks: Array.from({ length: tasks }, (_, i) => ({ name: `t${String(i)}`, templateRef: 'work' })),
    },
  });
}

const secondsOf = ({ startTime, endTime }: TaskAssignment): number =>
  (Date.parse(endTime ?? '') - Date.parse(startTime ?? '')) / 1000;

describe('What the operator learns from the runs of tasks', function () {
  this.timeout(180_000);
  let cluster: Cluster;
  let folder: string;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    cluster = await sharedCluster();
    folder = await mkdtemp(join(tmpdir(), 'foreshard-learn-'));
    await cluster.addNodes([{ name: NODE, cpu: 8, memory: '32Gi', labels: { pool: 'learn' } }]);
    await installOperator(cluster);
  });

  after(async () => {
    await cluster.deleteNode(NODE);
    await rm(folder, { recursive: true, force: true });
  });

  const start = (): Promise<OperatorProcess> =>
    startOperator(cluster, {
      history: { directory: folder, flushSeconds: 1 },
      observe: { intervalSeconds: 1 },
    });

  it('is what later workflows are planned with, and is in their status, over a restart too', () =>
    withNamespace(cluster, async (namespace) => {
      const get = async <T>(what: string): Promise<T> =>
        JSON.parse(await cluster.kubectl(['-n', namespace, 'get', what, '-o', 'json'])) as T;
      const apply = (name: string, tasks: number): Promise<string> =>
        cluster.kubectl(['apply', '--server-side', '-f', '-'], workflow(namespace, name, tasks));
      const planned = async (name: string): Promise<number[]> => {
        const plan = await eventually(
          `${name} to be planned`,
          () => get<{ items: ShardPlan[] }>('shardplans.foreshard.dev'),
          ({ items }) => items.some((p) => p.metadata.name === name),
        );
        return plan.items.find((p) => p.metadata.name === name)?.spec.assignments.map(secondsOf) ?? [];
      };
      const learnedOf = (name: string): Promise<LearnedTaskType> =>
        eventually(
          `${name} to say what was learned`,
          async () => (await get<Workflow>(`workflows.foreshard.dev/${name}`)).status?.learned ?? [],
          (learned) => learned.some(({ runs }) => runs >= TASKS),
        ).then(([only]) => only!);

      let name = '';
      let count = 0;
      const first = await start();
      try {
        await apply('first', TASKS);
        expect(await planned('first')).to.deep.equal(Array.from({ length: TASKS }, () => ESTIMATE));
        await eventually(
          'the first workflow to succeed',
          async () => (await get<Workflow>('workflows.foreshard.dev/first')).status?.taskCounts?.succeeded,
          (succeeded) => succeeded === TASKS,
          90,
        );
        await eventually(
          'a plan that counts on what was learned',
          async () => {
            name = `later-${String(count++)}`;
            await apply(name, 1);
            return (await planned(name))[0] ?? 0;
          },
          (seconds) => seconds > 2 * ESTIMATE,
        );
      } finally {
        await first.stop();
      }

      const second = await start();
      try {
        await eventually(
          'the second operator to have read the history',
          () => Promise.resolve(second.log()),
          (log) => log.includes('task runs read'),
          40,
        );
        const learned = await learnedOf(name);
        expect(learned).to.include({ type: 'work', source: 'Runs' });
        // Six runs of 12 s or a little more, and an estimate of 1 s that counts as three.
        expect(learned.durationSeconds.p50).to.be.within(4, 9);
        expect(learned.durationSeconds.p90).to.be.at.least(learned.durationSeconds.p50);
        await apply('last', 1);
        const [seconds] = await planned('last');
        expect(seconds).to.be.closeTo(learned.durationSeconds.p50, 1.5);
        const explained = await cluster.kubectl([
          'explain',
          'workflows.foreshard.dev.status.learned.durationSeconds',
        ]);
        expect(explained).to.contain('which is what plans count');
      } finally {
        await second.stop();
      }
    }));
});
