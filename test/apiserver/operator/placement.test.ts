/** Tasks that keep apart, are spread, or need devices: planned as kube-scheduler will have them, and run to the end. */
import { expect } from 'chai';
import type { ShardPlan, Template, Workflow } from '../../../src/api/types.generated.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster, withNamespace } from '../../support/cluster.ts';
import { installOperator, startOperator, type OperatorProcess } from '../../support/operator.ts';

const FPGA = 'example.com/fpga';
const ZONES = { 'apart-a1': 'a', 'apart-a2': 'a', 'apart-b1': 'b' };
const NODES = Object.keys(ZONES);
const SECONDS = 4;

type TaskRun = NonNullable<NonNullable<Workflow['status']>['tasks']>[number];

interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly nodeName?: string; readonly topologySpreadConstraints?: readonly object[] };
}

describe('rules among pods, and extended resources', function () {
  this.timeout(150_000);
  let cluster: Cluster;
  let operator: OperatorProcess;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    cluster = await sharedCluster();
    await cluster.addNodes(
      Object.entries(ZONES).map(([name, zone]) => ({
        name,
        cpu: 16,
        memory: '64Gi',
        labels: { pool: 'apart', zone },
        ...(name === 'apart-a2' ? { extended: { [FPGA]: 1 } } : {}),
      })),
    );
    await installOperator(cluster);
    operator = await startOperator(cluster);
  });

  after(async () => {
    await operator.stop();
    for (const name of NODES) await cluster.deleteNode(name);
  });

  /** Four tasks that depend on nothing; returns what they were when all of them had succeeded. */
  async function run(
    of: Partial<Template>,
    container: object,
    check: (runs: readonly TaskRun[], pods: readonly Pod[]) => void,
  ): Promise<void> {
    await withNamespace(cluster, async (namespace) => {
      const get = async <T>(...args: string[]): Promise<T> =>
        JSON.parse(await cluster.kubectl(['-n', namespace, 'get', ...args, '-o', 'json'])) as T;
      const template = {
        name: 'work',
        estimatedDurationSeconds: SECONDS,
        resources: { cpu: '1', memory: '1Gi' },
        nodeSelector: { pool: 'apart' },
        template: {
          metadata: { annotations: { 'foreshard.dev/simulated-seconds': String(SECONDS) } },
          spec: { containers: [{ name: 'main', image: 'registry.example.com/work:1', ...container }] },
        },
        ...of,
      };
      const object = {
        apiVersion: 'foreshard.dev/v1alpha1',
        kind: 'Workflow',
        metadata: { name: 'flow', namespace },
        spec: {
          templates: [template],
          tasks: ['one', 'two', 'three', 'four'].map((name) => ({ name, templateRef: 'work' })),
        },
      };
      await cluster.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(object));
      const done = await eventually(
        'the workflow to succeed',
        () => get<Workflow>('workflows.foreshard.dev', 'flow'),
        (w) => w.status?.conditions?.some((c) => c.type === 'Succeeded' && c.status === 'True') ?? false,
        100,
      );
      const runs = done.status?.tasks ?? [];
      expect(runs.map((t) => t.attempt)).to.deep.equal([1, 1, 1, 1]);
      const plan = await get<ShardPlan>('shardplans.foreshard.dev', 'flow');
      const planned = new Map(
        [...plan.spec.assignments, ...(plan.status?.assignments ?? [])].map((a) => [a.task, a.node]),
      );
      expect(new Map(runs.map((t) => [t.name, t.node]))).to.deep.equal(planned);
      check(runs, (await get<{ items: Pod[] }>('pods')).items);
    });
  }

  it('keep tasks apart by zone, so that no two run in one at a time', async () => {
    const podAntiAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }],
    };
    await run({ affinity: { podAntiAffinity } }, {}, (runs) => {
      expect(new Set(runs.map(zoneOf))).to.deep.equal(new Set(['a', 'b']));
      for (const t of runs) expect(besides(t, runs).map(zoneOf)).to.not.include(zoneOf(t));
    });
  });

  it('spread tasks that run at a time over the zones', async () => {
    await run({ topologySpreadConstraints: [{ topologyKey: 'zone' }] }, {}, (runs, pods) => {
      const zones = runs.map(zoneOf);
      expect(zones.filter((zone) => zone === 'a')).to.have.length(2);
      expect(pods[0]?.metadata.labels['foreshard.dev/template']).to.equal('work');
      expect(pods[0]?.spec.topologySpreadConstraints).to.have.length(1);
    });
  });

  it('run tasks where the devices are, one after the other on the only one', async () => {
    await run({}, { resources: { limits: { [FPGA]: '1' } } }, (runs) => {
      expect(runs.map((t) => t.node)).to.deep.equal(Array(4).fill('apart-a2'));
      for (const t of runs) expect(besides(t, runs)).to.deep.equal([]);
    });
  });
});

function zoneOf({ node }: TaskRun): string | undefined {
  return ZONES[node as keyof typeof ZONES];
}

/** Other runs that were under way when this one started. */
function besides(run: TaskRun, runs: readonly TaskRun[]): TaskRun[] {
  const start = Date.parse(run.startTime ?? '');
  return runs.filter(
    (t) => t !== run && Date.parse(t.startTime ?? '') <= start && start < Date.parse(t.completionTime ?? ''),
  );
}
