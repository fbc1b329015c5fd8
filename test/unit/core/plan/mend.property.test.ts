/** Plans that are mended when a node fails or a task is late, against plans that are made anew. */
import { expect } from 'chai';
import fc from 'fast-check';
import { whyNot } from '../../../../src/core/placement/index.ts';
import { RollingPlanner } from '../../../../src/core/plan/index.ts';
import type { Assignment, Snapshot, TaskSnapshot, WorkflowPlan } from '../../../../src/core/plan/snapshot.ts';
import { RESOURCES } from '../../../../src/core/resources.ts';
import { amounts, node, NOW, SECOND, snapshot, task, workflow } from '../builders.ts';
import { aSnapshot, FPGA } from './arbitraries.ts';

interface Change {
  readonly seconds: number;
  /** Position of a node that fails. */
  readonly failed: number;
  /** Do tasks end that should have? */
  readonly isPunctual: boolean;
}

const aChange: fc.Arbitrary<Change> = fc.record({
  seconds: fc.integer({ min: 0, max: 55 }),
  failed: fc.nat(9),
  isPunctual: fc.boolean(),
});

/** Mending does not share a limit over all nodes. */
const aWorld = aSnapshot.map((world) => ({
  ...world,
  workflows: world.workflows.map((w) => ({ ...w, parallelism: undefined })),
}));

/** What has started runs on, but for what ran on the node that failed. */
function later(world: Snapshot, plans: readonly WorkflowPlan[], change: Change): Snapshot {
  const now = world.now + change.seconds * SECOND;
  const failed = world.nodes[change.failed]?.name;
  const stateOf = (t: TaskSnapshot, plan: WorkflowPlan | undefined): TaskSnapshot => {
    const a = plan?.assignments.find((x) => x.task === t.name);
    if (a === undefined || a.startTime > now) return t;
    if (a.endTime <= now && change.isPunctual)
      return { ...t, state: 'Succeeded', node: a.node, startTime: a.startTime, completionTime: a.endTime };
    const ran = t.dependencies.every((d) => {
      const before = plan?.assignments.find((x) => x.task === d);
      return before !== undefined && before.endTime <= now && change.isPunctual;
    });
    if (a.node === failed || !ran) return t;
    return { ...t, state: 'Running', node: a.node, startTime: a.startTime };
  };
  return {
    ...world,
    now,
    nodes: world.nodes.map((n) => (n.name === failed ? { ...n, schedulable: false } : n)),
    workflows: world.workflows.map((w, i) => ({ ...w, tasks: w.tasks.map((t) => stateOf(t, plans[i])) })),
  };
}

interface Placed {
  readonly a: Assignment;
  readonly task: TaskSnapshot;
}

const placedIn = (world: Snapshot, plans: readonly WorkflowPlan[]): Placed[] =>
  plans.flatMap((plan, i) =>
    plan.assignments.map((a) => ({ a, task: world.workflows[i]!.tasks.find((t) => t.name === a.task)! })),
  );

/** Runs the change on a planner that mends wherever it can. */
function mended(world: Snapshot, change: Change) {
  const planner = new RollingPlanner({ rescue: false, mendFrom: 0 });
  const first = planner.plan(world);
  const next = later(world, first, change);
  const plans = planner.plan(next);
  return { first, next, plans, hasMended: planner.hasMended };
}

const holds = (check: (world: Snapshot, change: Change) => void): void =>
  fc.assert(fc.property(aWorld, aChange, check), { numRuns: 300, seed: 42 });

describe('a mended plan', () => {
  it('is what most changes lead to', () => {
    let [changes, mendings] = [0, 0];
    holds((world, change) => {
      changes += 1;
      if (mended(world, change).hasMended) mendings += 1;
    });
    expect(mendings / changes).to.be.at.least(0.5);
  });

  it('respects dependencies and transfers, and starts nothing in the past', () =>
    holds((world, change) => {
      const { next, plans } = mended(world, change);
      plans.forEach((plan, i) => {
        const tasks = next.workflows[i]!.tasks;
        for (const a of plan.assignments) {
          const task = tasks.find((t) => t.name === a.task)!;
          if (task.state !== 'Pending') continue;
          expect(a.startTime).to.be.at.least(next.now);
          for (const d of task.dependencies) {
            const before = plan.assignments.find((x) => x.task === d);
            expect(before).to.not.equal(undefined);
            const bytes = tasks.find((t) => t.name === d)?.outputs[0]?.bytes ?? 0;
            const [from, to] = [before!.node, a.node].map((n) => next.nodes.find((x) => x.name === n));
            const transfer = from === to ? 0 : (bytes * 8000) / Math.min(from!.bandwidth, to!.bandwidth);
            expect(a.startTime).to.be.at.least(before!.endTime + transfer - 2);
          }
        }
      });
    }));

  it('puts nothing on a node that cannot hold it, and no more than a node holds', () =>
    holds((world, change) => {
      const { next, plans } = mended(world, change);
      const placed = placedIn(next, plans);
      for (const { a, task } of placed) {
        const node = next.nodes.find((n) => n.name === a.node)!;
        if (task.state === 'Pending') expect(whyNot(node, task)).to.equal(undefined);
        if (task.state === 'Succeeded') continue;
        const running = placed.filter(
          (p) =>
            p.task.state !== 'Succeeded' &&
            p.a.node === a.node &&
            p.a.startTime <= a.startTime &&
            a.startTime < p.a.endTime,
        );
        expect(running.length).to.be.at.most(node.podSlots);
        const devices = running.reduce((sum, p) => sum + (p.task.extended?.[FPGA] ?? 0), 0);
        const { allocatable, requested } = node.extended![FPGA]!;
        expect(devices).to.be.at.most(allocatable - requested);
        for (const r of RESOURCES) {
          const load = running.reduce((sum, p) => sum + p.task.demand[r], 0);
          expect(load).to.be.at.most(load === 0 ? 0 : (node.capacity[r] - node.requested[r]) * (1 + 1e-6));
        }
      }
    }));

  it('leaves alone what the change does not touch', () =>
    holds((world, change) => {
      const { first, next, plans, hasMended } = mended(world, { ...change, isPunctual: true });
      if (!hasMended) return;
      const failed = world.nodes[change.failed]?.name;
      plans.forEach((plan, i) => {
        const before = new Map(first[i]!.assignments.map((a) => [a.task, a]));
        const isTouched = new Map<string, boolean>();
        for (const t of next.workflows[i]!.tasks) {
          const touched = before.get(t.name)?.node === failed || t.dependencies.some((d) => isTouched.get(d));
          isTouched.set(t.name, touched);
        }
        for (const a of plan.assignments) {
          if (isTouched.get(a.task) === true) continue;
          const { node, startTime, endTime } = before.get(a.task)!;
          expect([a.node, a.startTime, a.endTime]).to.deep.equal([node, startTime, endTime]);
        }
      });
    }));

  it('ends no more than 1 % later than one that is made anew', () => {
    holds((world, change) => {
      const { first, next, plans } = mended(world, change);
      const planner = new RollingPlanner({ rescue: false, mendFrom: Infinity });
      planner.plan(world);
      const anew = planner.plan(next);
      const end = (of: readonly WorkflowPlan[]): number =>
        Math.max(...of.flatMap((p) => p.assignments.map((a) => a.endTime))) - world.now;
      // What was good before the change is good enough after it.
      expect(end(plans)).to.be.at.most(1.01 * Math.max(end(anew), end(first)));
    });
  });

  it('is the same for the same events, byte for byte', () =>
    holds((world, change) => {
      const { plans } = mended(world, change);
      expect(JSON.stringify(mended(structuredClone(world), change).plans)).to.equal(JSON.stringify(plans));
    }));
});

describe('a workflow more', () => {
  it('is planned around the others, which stay as they were', () => {
    let mendings = 0;
    fc.assert(
      fc.property(aWorld, (world) => {
        const [one, other] = world.workflows;
        const planner = new RollingPlanner({ rescue: false, mendFrom: 0 });
        const [before] = planner.plan({ ...world, workflows: [one!] });
        const [after, added] = planner.plan({ ...world, workflows: [one!, other!] });
        if (!planner.hasMended) return;
        mendings += 1;
        const windows = (of: WorkflowPlan) =>
          of.assignments.map((a) => [a.task, a.node, a.startTime, a.endTime]);
        expect(windows(after!)).to.deep.equal(windows(before!));
        const planned = new RollingPlanner().plan(world)[1];
        expect(added!.assignments.length).to.equal(planned!.assignments.length);
      }),
      { numRuns: 150, seed: 42 },
    );
    expect(mendings).to.be.at.least(50);
  });
});

describe('pods of others that come to a node', () => {
  it('send away what no longer fits beside the rest', () => {
    const four = { demand: amounts({ cpu: 4 }) };
    const tasks = [
      task('first', { state: 'Running', node: 'n', startTime: NOW }),
      // It ends last, wherever the others are.
      task('long', { state: 'Running', node: 'other', startTime: NOW, durationSeconds: 36_000 }),
      task('a', { ...four, dependencies: ['first'] }),
      task('b', { ...four, dependencies: ['first'] }),
    ];
    const other = node('other', { speed: 0.8 });
    const nodes = [node('n'), other];
    const world = snapshot(nodes, [workflow('w', tasks)]);
    const planner = new RollingPlanner({ rescue: false, mendFrom: 0 });
    const nodesOf = ([plan]: readonly WorkflowPlan[]) => plan?.assignments.map((a) => a.node);
    expect(nodesOf(planner.plan(world))).to.deep.equal(['n', 'other', 'n', 'n']);
    const taken = node('n', { requested: amounts({ cpu: 3 }) });
    const plans = planner.plan({ ...world, now: NOW + SECOND, nodes: [taken, other] });
    expect(planner.hasMended).to.equal(true);
    expect(nodesOf(plans)?.toSorted()).to.deep.equal(['n', 'n', 'other', 'other']);
  });
});
