import { expect } from 'chai';
import type { NodeForecast, ShardPlan, Workflow } from '../../../src/api/types.generated.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster, withNamespace } from '../../support/cluster.ts';
import { installOperator, startOperator, type OperatorProcess } from '../../support/operator.ts';

const NODES = ['main-a', 'main-b', 'main-c'];

interface JobList {
  items: { metadata: { name: string; labels: Record<string, string> }; status: { succeeded?: number } }[];
}

describe('the operator, with its real rights on a real API server', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let operator: OperatorProcess;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    cluster = await sharedCluster();
    await cluster.addNodes(NODES.map((name) => ({ name, cpu: 8, memory: '32Gi', labels: { pool: 'main' } })));
    await installOperator(cluster);
    operator = await startOperator(cluster);
  });

  after(async () => {
    await operator.stop();
    for (const name of NODES) await cluster.deleteNode(name);
  });

  const get = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await cluster.kubectl(['get', ...args, '-o', 'json'])) as T;
  const workflowOf = (namespace: string): Promise<Workflow> =>
    get('-n', namespace, 'workflows.foreshard.dev', 'flow');
  const condition = (w: Workflow, type: string): string | undefined =>
    w.status?.conditions?.find((c) => c.type === type)?.status;

  function workflow(namespace: string, seconds: number, resharding: object = {}): string {
    const tasks = [
      { name: 'fetch' },
      { name: 'left', dependencies: ['fetch'] },
      { name: 'right', dependencies: ['fetch'] },
      { name: 'join', dependencies: ['left', 'right'] },
    ];
    return JSON.stringify({
      apiVersion: 'foreshard.dev/v1alpha1',
      kind: 'Workflow',
      metadata: { name: 'flow', namespace },
      spec: {
        resharding,
        templates: [
          {
            name: 'work',
            estimatedDurationSeconds: seconds,
            resources: { cpu: '2', memory: '1Gi' },
            nodeSelector: { pool: 'main' },
            template: {
              metadata: { annotations: { 'foreshard.dev/simulated-seconds': String(seconds) } },
              spec: { containers: [{ name: 'main', image: 'registry.example.com/work:1' }] },
            },
          },
        ],
        tasks: tasks.map((t) => ({ templateRef: 'work', ...t })),
      },
    });
  }

  it('makes a forecast for every node, which says that it is only a prior', async () => {
    for (const name of NODES) {
      const forecast = await eventually(
        `NodeForecast ${name}`,
        async () =>
          (await get<{ items: NodeForecast[] }>('nodeforecasts')).items.find((f) => f.metadata.name === name),
        (f) => f?.status?.issuedTime !== undefined,
      );
      expect(forecast?.status?.resources?.find((r) => r.name === 'cpu')?.available?.p50).to.have.length(96);
      expect(forecast?.status?.conditions?.find((c) => c.type === 'Ready')?.reason).to.equal('OnlyPrior');
      expect(forecast?.metadata.ownerReferences?.[0]?.kind).to.equal('Node');
    }
  });

  it('plans a workflow, runs each task once on the planned node, and succeeds', async () => {
    await withNamespace(cluster, async (namespace) => {
      await cluster.kubectl(['apply', '--server-side', '-f', '-'], workflow(namespace, 2));
      const done = await eventually(
        'the workflow to succeed',
        () => workflowOf(namespace),
        (w) => condition(w, 'Succeeded') === 'True',
        60,
      );
      expect(condition(done, 'Ready')).to.equal('True');
      expect(done.status?.taskCounts?.succeeded).to.equal(4);
      const plan = await get<ShardPlan>('-n', namespace, 'shardplans', 'flow');
      expect(plan.metadata.ownerReferences?.[0]?.uid).to.equal(done.metadata.uid);
      const jobs = await get<JobList>('-n', namespace, 'jobs');
      expect(jobs.items.map((j) => j.metadata.labels['foreshard.dev/task']).sort()).to.deep.equal([
        'fetch',
        'join',
        'left',
        'right',
      ]);
      const ends = new Map((done.status?.tasks ?? []).map((t) => [t.name, t]));
      const start = (name: string): number => Date.parse(ends.get(name)?.startTime ?? '');
      const end = (name: string): number => Date.parse(ends.get(name)?.completionTime ?? '');
      expect(start('left')).to.be.at.least(end('fetch'));
      expect(start('join')).to.be.at.least(Math.max(end('left'), end('right')));
    });
  });

  it('reshards when a node fails under a running task, and still succeeds', async () => {
    await withNamespace(cluster, async (namespace) => {
      await cluster.kubectl(
        ['apply', '--server-side', '-f', '-'],
        workflow(namespace, 12, { unreachableNode: 'StartElsewhere' }),
      );
      const running = await eventually(
        'fetch to run',
        () => workflowOf(namespace),
        (w) => w.status?.tasks?.find((t) => t.name === 'fetch')?.state === 'Running',
        40,
      );
      const failed = running.status?.tasks?.find((t) => t.name === 'fetch')?.node ?? '';
      await cluster.failNode(failed);
      const done = await eventually(
        'the workflow to succeed',
        () => workflowOf(namespace),
        (w) => condition(w, 'Succeeded') === 'True',
        100,
      );
      const fetch = done.status?.tasks?.find((t) => t.name === 'fetch');
      expect(fetch?.attempt).to.equal(2);
      expect(fetch?.node).to.not.equal(failed);
      const plan = await get<ShardPlan>('-n', namespace, 'shardplans', 'flow');
      const reshard = plan.status?.reshards?.[0];
      expect(reshard?.cause).to.equal('NodeNotReady');
      expect(reshard?.node).to.equal(failed);
      expect(reshard?.moved?.map((m) => m.task)).to.include('fetch');
      await cluster.restoreNode(failed);
    });
  });

  it('says what is wrong with a cycle, and lets other workflows go on', async () => {
    await withNamespace(cluster, async (namespace) => {
      const object = JSON.parse(workflow(namespace, 1)) as Workflow;
      object.spec.tasks[0]!.dependencies = ['join'];
      await cluster.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(object));
      const stalled = await eventually(
        'the condition Stalled',
        () => workflowOf(namespace),
        (w) => condition(w, 'Stalled') === 'True',
      );
      expect(stalled.status?.conditions?.find((c) => c.type === 'Stalled')?.message).to.match(
        /fetch → .*→ fetch/,
      );
    });
  });
});
