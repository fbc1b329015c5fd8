/** Running tasks that the planner sends to other nodes. */
import { expect } from 'chai';
import fc from 'fast-check';
import { RollingPlanner } from '../../../../src/core/plan/index.ts';
import type { NodeSnapshot, Snapshot, TaskSnapshot } from '../../../../src/core/plan/snapshot.ts';
import { RESOURCES } from '../../../../src/core/resources.ts';
import { amounts, HOUR, node, NOW, SECOND, snapshot, stepwise, task, workflow } from '../builders.ts';

/** Has begun just now. */
const running = (name: string, on: string, of: Partial<TaskSnapshot> = {}): TaskSnapshot =>
  task(name, { state: 'Running', node: on, startTime: NOW, durationSeconds: 3600, bound: true, ...of });

/** Load that leaves so many cores of eight for certain. */
const leaves = (name: string, cores: number, of: Partial<NodeSnapshot> = {}): NodeSnapshot =>
  node(name, {
    availability: { ...node(name).availability, cpu: stepwise([[cores, cores, cores]]) },
    ...of,
  });

/** By task of the only workflow: the node on which it is from now on. */
function nodesOf(world: Snapshot): Map<string, string> {
  const [plan] = new RollingPlanner({ rescue: true }).plan(world);
  return new Map((plan?.assignments ?? []).map((a) => [a.task, a.node]));
}

const restarting = (nodes: readonly NodeSnapshot[], tasks: readonly TaskSnapshot[]): Snapshot =>
  snapshot(nodes, [workflow('w', tasks, { runningTasks: 'Restart' })], { sharing: 'BackgroundFirst' });

const four = { demand: amounts({ cpu: 4 }) };

describe('the rescue of running tasks', () => {
  it('sends a task that would starve to a node that is free', () => {
    const nodes = nodesOf(restarting([leaves('full', 0.2), node('free')], [running('t', 'full', four)]));
    expect(nodes.get('t')).to.equal('free');
  });

  it('does not give the same room to two tasks', () => {
    // Others have requested half of the node that is free, and do not use it.
    const half = node('free', { requested: amounts({ cpu: 4 }) });
    const tasks = ['a', 'b'].map((name) => running(name, 'full', four));
    const nodes = nodesOf(restarting([leaves('full', 0.2), half], tasks));
    expect([...nodes.values()].toSorted()).to.deep.equal(['free', 'full']);
  });

  it('stands until the next search for whoever makes it later, and while there is room', () => {
    const tasks = [running('t', 'full', four)];
    const after = (seconds: number, free: NodeSnapshot, now: readonly TaskSnapshot[] = tasks) => {
      const planner = new RollingPlanner({ rescue: true });
      const world = restarting([leaves('full', 0.2), node('free')], tasks);
      const on = (of: Snapshot): string | undefined => planner.plan(of)[0]?.assignments[0]?.node;
      expect(on(world)).to.equal('free');
      return on({ ...restarting([leaves('full', 0.2), free], now), now: NOW + seconds * SECOND });
    };
    expect(after(60, node('free'))).to.equal('free');
    expect(after(60, node('free', { requested: amounts({ cpu: 6 }) }))).to.equal('full');
    expect(after(60, node('free', { schedulable: false }))).to.equal('full');
    // It was made.
    const made = [running('t', 'free', { ...four, startTime: NOW + 30 * SECOND })];
    expect(after(60, node('free'), made)).to.equal('free');
  });

  it('never takes more of a node than is left of it', () => {
    let moves = 0;
    fc.assert(
      fc.property(aCrowd, (world) => {
        const [w] = world.workflows;
        const chosen = nodesOf(world);
        moves += w!.tasks.filter((t) => chosen.get(t.name) !== t.node).length;
        for (const n of world.nodes) {
          const there = w!.tasks.filter((t) => chosen.get(t.name) === n.name);
          if (there.every((t) => t.node === n.name)) continue;
          expect(there.length, `pods on ${n.name}`).to.be.at.most(n.podSlots);
          for (const r of RESOURCES) {
            const load = there.reduce((sum, t) => sum + t.demand[r], 0);
            expect(load, `${r} on ${n.name}`).to.be.at.most((n.capacity[r] - n.requested[r]) * (1 + 1e-6));
          }
        }
      }),
      { numRuns: 200, seed: 7 },
    );
    expect(moves, 'tasks that were moved').to.be.at.least(100);
  });
});

/** Tasks that run on nodes with little left for them, and nodes with more of which others have requested some. */
const aCrowd: fc.Arbitrary<Snapshot> = fc
  .record({
    full: fc.array(fc.constantFrom(0.1, 0.5, 2), { minLength: 1, maxLength: 3 }),
    free: fc.array(
      fc.record({
        cores: fc.constantFrom(4, 6, 8),
        requested: fc.constantFrom(0, 3, 5, 6),
        podSlots: fc.constantFrom(1, 2, 110),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    tasks: fc.array(
      fc.record({ on: fc.nat(2), cpu: fc.constantFrom(1, 2), hours: fc.constantFrom(0.2, 1, 3) }),
      { minLength: 2, maxLength: 8 },
    ),
  })
  .map(({ full, free, tasks }) => {
    const crowded = full.map((cores, i) => leaves(`full${i}`, cores));
    const others = free.map(({ cores, requested, podSlots }, i) =>
      leaves(`free${i}`, cores, { requested: amounts({ cpu: requested }), podSlots }),
    );
    const runs = tasks.map(({ on, cpu, hours }, i) =>
      running(`t${i}`, `full${on % full.length}`, {
        demand: amounts({ cpu }),
        durationSeconds: (hours * HOUR) / 1000,
      }),
    );
    return restarting([...crowded, ...others], runs);
  });
