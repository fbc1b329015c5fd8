/**
 * A node that joins between two plans of one planner never makes the predicted makespan worse by more than 1 %, nor the
 * objective: list scheduling may (Graham's anomalies), and a search may trade makespan for less contention. Then the
 * plan without the node is kept.
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
/** Of the makespan's logarithm against contention, at the slack of these workflows (objective.ts). */
const WEIGHT = 0.85;

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

interface Plans {
  readonly makespan: number;
  readonly objective: number;
}

/** Without the node, and with it. */
function plansAround(
  nodes: readonly NodeSnapshot[],
  added: NodeSnapshot,
  tasks: readonly TaskSnapshot[],
  seconds: number,
): { readonly before: Plans; readonly after: Plans } {
  const world = snapshot(nodes, [workflow('w', tasks)]);
  const joined = new RollingPlanner({ rescue: false });
  const undisturbed = new RollingPlanner({ rescue: false });
  const then = later(world, joined.plan(world), seconds);
  undisturbed.plan(world);
  const judged = ([plan]: readonly WorkflowPlan[]): Plans => {
    const makespan = (plan?.predictedCompletionTime ?? NaN) - NOW;
    return { makespan, objective: WEIGHT * Math.log(makespan) + (plan?.contention ?? NaN) };
  };
  return {
    before: judged(undisturbed.plan(then)),
    after: judged(joined.plan({ ...then, nodes: [...nodes, added] })),
  };
}

function holds(
  loads: readonly number[],
  seconds: fc.Arbitrary<number>,
  check: (before: Plans, after: Plans) => void,
): void {
  fc.assert(
    fc.property(aCluster(loads), aNode('new', loads), someTasks, seconds, (nodes, added, tasks, after) => {
      const plans = plansAround(nodes, added, tasks, after);
      check(plans.before, plans.after);
    }),
    { numRuns: 60, seed: 42, endOnFailure: true },
  );
}

const isNoWorse = (before: Plans, after: Plans): void => {
  expect(after.makespan).to.be.at.most(before.makespan * WORSE);
  expect(after.objective).to.be.at.most(before.objective + WEIGHT * Math.log(WORSE));
};
const QUIET = [1];
const LOADED = [0.3, 0.6, 1];
const whileTasksRun = fc.integer({ min: 1, max: 1200 });

describe('a node that joins between two plans', () => {
  it('makes nothing later among quiet nodes, at once', () => holds(QUIET, fc.constant(0), isNoWorse));
  it('makes nothing later among quiet nodes while tasks run', () => holds(QUIET, whileTasksRun, isNoWorse));
  it('makes nothing later among loaded nodes, at once', () => holds(LOADED, fc.constant(0), isNoWorse));
  it('makes nothing later among loaded nodes while tasks run', () => holds(LOADED, whileTasksRun, isNoWorse));
});
