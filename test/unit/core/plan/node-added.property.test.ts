/**
 * A node that joins between two plans of one planner never makes the predicted makespan worse by more than 1 %: list
 * scheduling may (Graham's anomalies), and then the plan of before is kept. Among quiet nodes: among loaded ones a plan may
 * be longer for less contention, as far as the workflow's slack goes.
 */
import fc from 'fast-check';
import { expect } from 'chai';
import { RollingPlanner } from '../../../../src/core/plan/index.ts';
import type {
  NodeSnapshot,
  Snapshot,
  TaskSnapshot,
  WorkflowPlan,
} from '../../../../src/core/plan/snapshot.ts';
import { amounts, GIB, node, NOW, SECOND, snapshot, steady, workflow } from '../builders.ts';
import { aTask } from './arbitraries.ts';

const WORSE = 1.01;
const TASKS = 14;

/** @param loads of its cores that the background may leave */
const aNode = (name: string, loads: readonly number[]): fc.Arbitrary<NodeSnapshot> =>
  fc
    .record({
      cpu: fc.constantFrom(4, 8),
      speed: fc.constantFrom(0.5, 1, 1.7),
      free: fc.constantFrom(...loads),
    })
    .map(({ cpu, speed, free }) =>
      node(name, {
        speed,
        capacity: amounts({ cpu, memory: 999 * GIB, gpu: 2, network: 1e9 }),
        availability: { cpu: steady([cpu * free, cpu * free, cpu * free]) },
      }),
    );

const aCluster = (loads: readonly number[]): fc.Arbitrary<NodeSnapshot[]> =>
  fc
    .integer({ min: 1, max: 4 })
    .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => aNode(`n${i}`, loads))));

const someTasks: fc.Arbitrary<TaskSnapshot[]> = fc
  .tuple(...Array.from({ length: TASKS }, (_, i) => aTask(i)))
  .map((tasks) => tasks.map((t) => ({ ...t, nodeSelector: {}, excludedNodes: [] })));

/** What was to start by then runs, or is done. */
function later(world: Snapshot, [plan]: readonly WorkflowPlan[], seconds: number): Snapshot {
  const now = world.now + seconds * SECOND;
  const assignments = new Map(plan?.assignments.map((a) => [a.task, a]));
  const stateOf = (t: TaskSnapshot): TaskSnapshot => {
    const a = assignments.get(t.name);
    if (a === undefined || a.startTime > now) return t;
    const { node: on, startTime, endTime } = a;
    if (endTime <= now) return { ...t, state: 'Succeeded', node: on, startTime, completionTime: endTime };
    return { ...t, state: 'Running', node: on, startTime };
  };
  return { ...world, now, workflows: world.workflows.map((w) => ({ ...w, tasks: w.tasks.map(stateOf) })) };
}

/** Makespans before and after the node joins. */
function makespans(
  nodes: readonly NodeSnapshot[],
  added: NodeSnapshot,
  tasks: readonly TaskSnapshot[],
  seconds: number,
): { readonly before: number; readonly after: number } {
  const world = snapshot(nodes, [workflow('w', tasks)]);
  const planner = new RollingPlanner({ rescue: false });
  const first = planner.plan(world);
  const then = later(world, first, seconds);
  const undisturbed = new RollingPlanner({ rescue: false });
  undisturbed.plan(world);
  const end = (plans: readonly WorkflowPlan[]): number => (plans[0]?.predictedCompletionTime ?? NaN) - NOW;
  return {
    before: end(undisturbed.plan(then)),
    after: end(planner.plan({ ...then, nodes: [...nodes, added] })),
  };
}

function holds(loads: readonly number[], seconds: fc.Arbitrary<number>): void {
  fc.assert(
    fc.property(aCluster(loads), aNode('new', loads), someTasks, seconds, (nodes, added, tasks, after) => {
      const found = makespans(nodes, added, tasks, after);
      expect(found.after).to.be.at.most(found.before * WORSE);
    }),
    { numRuns: 100, seed: 42 },
  );
}

describe('a node that joins between two plans', () => {
  it('makes nothing later among quiet nodes, at once', () => holds([1], fc.constant(0)));
  it('makes nothing later among quiet nodes while tasks run', () =>
    holds([1], fc.integer({ min: 1, max: 1200 })));
});
