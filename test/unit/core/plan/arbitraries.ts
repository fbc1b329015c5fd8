/** Clusters and workflows for property tests. */
import fc from 'fast-check';
import type { PodRule } from '../../../../src/core/placement/types.ts';
import type {
  NodeSnapshot,
  PodSnapshot,
  Snapshot,
  TaskSnapshot,
  WorkflowSnapshot,
} from '../../../../src/core/plan/snapshot.ts';
import { amounts, GIB, node, NOW, podRule, SECOND, snapshot, stepwise, task, workflow } from '../builders.ts';

/** A resource that is counted and not forecast. */
export const FPGA = 'example.com/fpga';

const share = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);

/** Three quantiles a step, for a capacity. */
const availabilityOf = (capacity: number) =>
  fc
    .array(fc.array(share, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 4 })
    .map((rows) => stepwise(rows.map((row) => row.toSorted((a, b) => a - b).map((s) => s * capacity))));

const aNode = (name: string): fc.Arbitrary<NodeSnapshot> =>
  fc
    .record({
      cpu: fc.constantFrom(0, 4, 8, 16),
      gpu: fc.constantFrom(0, 0, 2),
      requested: fc.constantFrom(0, 0, 2),
      podSlots: fc.constantFrom(1, 3, 110),
      speed: fc.constantFrom(0.5, 1, 1.7),
      bandwidth: fc.constantFrom(1e8, 1e9),
      zone: fc.constantFrom('a', 'b'),
      schedulable: fc.boolean(),
      tainted: fc.boolean(),
      forecast: fc.constantFrom('fresh', 'fresh', 'fresh', 'stale', 'none'),
    })
    .chain((n) => {
      const capacity = amounts({ cpu: n.cpu, memory: n.cpu * 4 * GIB, gpu: n.gpu, network: 1e9 });
      return availabilityOf(capacity.cpu).map((cpu) =>
        node(name, {
          capacity,
          requested: amounts({ cpu: Math.min(n.requested, n.cpu) }),
          podSlots: n.podSlots,
          speed: n.speed,
          bandwidth: n.bandwidth,
          labels: { zone: n.zone },
          schedulable: n.schedulable || n.zone === 'a',
          taints: n.tainted && n.zone === 'b' ? [{ key: 'x', effect: 'NoSchedule' }] : [],
          forecastStale: n.forecast === 'stale',
          ...(n.forecast === 'none'
            ? { availability: {} }
            : { availability: { ...node(name, { capacity }).availability, cpu } }),
        }),
      );
    });

/** Dependencies are earlier tasks, at most two. */
export const aTask = (i: number): fc.Arbitrary<TaskSnapshot> =>
  fc
    .record({
      cpu: fc.constantFrom(0, 1, 2.5, 4),
      gpu: fc.constantFrom(0, 0, 0, 1),
      memory: fc.constantFrom(1, 8),
      durationSeconds: fc.integer({ min: 1, max: 3000 }),
      dependencies: fc.array(fc.nat(Math.max(0, i - 1)), { maxLength: i === 0 ? 0 : 2 }),
      zone: fc.constantFrom(undefined, undefined, 'a', 'b'),
      tolerates: fc.boolean(),
      bytes: fc.constantFrom(0, 1e8, 1e10),
      excluded: fc.constantFrom([], [], ['n1']),
    })
    .map((t) =>
      task(`t${i}`, {
        demand: amounts({ cpu: t.cpu, memory: t.memory * GIB, gpu: t.gpu }),
        durationSeconds: t.durationSeconds,
        dependencies: [...new Set(t.dependencies)].map((d) => `t${d}`),
        nodeSelector: t.zone === undefined ? {} : { zone: t.zone },
        tolerations: t.tolerates ? [{ operator: 'Exists' }] : [],
        outputs: [{ name: `o${i}`, bytes: t.bytes }],
        inputs: [...new Set(t.dependencies)].map((d) => ({ name: `o${d}`, bytes: 0 })),
        excludedNodes: t.excluded,
      }),
    );

const aWorkflow = (name: string): fc.Arbitrary<WorkflowSnapshot> =>
  fc
    .tuple(
      fc
        .integer({ min: 0, max: 9 })
        .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => aTask(i)))),
      fc.record({
        parallelism: fc.constantFrom(undefined, 1, 3),
        notBeforeTime: fc.constantFrom(undefined, NOW + 500 * SECOND),
        priority: fc.nat(2),
        slack: fc.constantFrom(0, 0.1, 1),
        contentionCeiling: fc.constantFrom(0, 0.2, 1),
      }),
    )
    .map(([tasks, of]) => workflow(name, tasks, of));

export const aSnapshot: fc.Arbitrary<Snapshot> = fc
  .tuple(
    fc
      .integer({ min: 0, max: 5 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => aNode(`n${i}`)))),
    fc.tuple(aWorkflow('v'), aWorkflow('w')),
    fc.constantFrom('Proportional' as const, 'BackgroundFirst' as const),
    fc.array(fc.constantFrom(0, 0, 0, 0, 1, 2), { minLength: 28, maxLength: 28 }),
  )
  .map(([nodes, workflows, sharing, devices]) => {
    let at = 0;
    const next = (): number => devices[at++] ?? 0;
    const equipped = (n: NodeSnapshot): NodeSnapshot => {
      const requested = next() % 2;
      return { ...n, extended: { [FPGA]: { allocatable: requested + next(), requested } } };
    };
    const needing = (t: TaskSnapshot): TaskSnapshot => {
      const count = next();
      return count === 0 ? t : { ...t, extended: { [FPGA]: count } };
    };
    return snapshot(
      nodes.map(equipped),
      workflows.map((w) => ({ ...w, tasks: w.tasks.map(needing) })),
      { sharing },
    );
  });

const APPS = ['x', 'y'] as const;

/** Of pods that are labelled so; over zones, and over hosts, which one of the nodes has no label for. */
const aRule = (app: string): fc.Arbitrary<PodRule> =>
  fc
    .record({
      kind: fc.constantFrom(
        'Spread' as const,
        'Spread' as const,
        'AntiAffinity' as const,
        'Affinity' as const,
      ),
      topologyKey: fc.constantFrom('zone', 'host'),
      maxSkew: fc.constantFrom(1, 1, 2),
      minDomains: fc.constantFrom(1, 1, 3),
      weight: fc.constantFrom(undefined, undefined, undefined, 50),
    })
    .map(({ kind, ...of }) =>
      podRule(kind, { ...of, selector: { matchLabels: { app } }, honorsNodeAffinity: false }),
    );

/** The same with rules among pods: all tasks of an app have the same ones. Some pods are there already. */
export const aRuledSnapshot: fc.Arbitrary<Snapshot> = fc
  .tuple(
    aSnapshot,
    fc.tuple(...APPS.map((app) => fc.array(aRule(app), { maxLength: 2 }))),
    fc.array(fc.nat(APPS.length), { minLength: 18, maxLength: 18 }),
    fc.array(fc.record({ app: fc.constantFrom(...APPS), on: fc.nat(4) }), { maxLength: 2 }),
  )
  .map(([world, rules, apps, others]) => {
    let at = 0;
    const ruled = (t: TaskSnapshot): TaskSnapshot => {
      const app = apps[at++] ?? 0;
      const label = APPS[app];
      return label === undefined ? t : { ...t, labels: { app: label }, podRules: rules[app] ?? [] };
    };
    const pods = others.flatMap(({ app, on }): PodSnapshot[] => {
      const name = world.nodes[on]?.name;
      return name === undefined ? [] : [{ namespace: 'default', labels: { app }, node: name }];
    });
    return {
      ...world,
      pods,
      nodes: world.nodes.map((n) => (n.name === 'n3' ? n : { ...n, labels: { ...n.labels, host: n.name } })),
      workflows: world.workflows.map((w) => ({ ...w, tasks: w.tasks.map(ruled) })),
    };
  });
