/** Plans ahead that nobody follows, since nothing is ever short: they must be what a rollout that followed them would be. */
import { expect } from 'chai';
import fc from 'fast-check';
import { isNeverShort, PlanAhead, scriptOf } from '../../../../src/core/plan/ahead/index.ts';
import { courseOf } from '../../../../src/core/plan/course.ts';
import { Explanations, MOST_KEPT } from '../../../../src/core/plan/explanations.ts';
import { windowsOf } from '../../../../src/core/plan/incremental/windows.ts';
import { DEFAULT_POLICY, planWorkflows } from '../../../../src/core/plan/index.ts';
import { buildProblem } from '../../../../src/core/plan/problem.ts';
import { Rollout } from '../../../../src/core/plan/rollout.ts';
import type { NodeSnapshot, Snapshot, TaskSnapshot } from '../../../../src/core/plan/snapshot.ts';
import { amounts, node, snapshot, stepwise, task, workflow } from '../builders.ts';
import { aSnapshot } from './arbitraries.ts';
import { contended, whole } from './support.ts';

const isForeseen = fc.boolean();

/** Nothing is known of the nodes, or that all that is not requested is free. */
const aQuietSnapshot: fc.Arbitrary<Snapshot> = fc.tuple(aSnapshot, isForeseen).map(([world, foreseen]) => ({
  ...world,
  nodes: world.nodes.map((n): NodeSnapshot => {
    const free = foreseen ? { cpu: stepwise([[n.capacity.cpu, n.capacity.cpu, n.capacity.cpu]]) } : {};
    return { ...n, forecastStale: false, availability: free };
  }),
  workflows: world.workflows.map((w) => ({ ...w, parallelism: undefined })),
}));

/** So many seconds later, when all has gone as planned. */
function later(world: Snapshot, seconds: number): Snapshot {
  const now = world.now + seconds * 1000;
  const plans = planWorkflows(world);
  return {
    ...world,
    now,
    workflows: world.workflows.map((w, i) => ({
      ...w,
      tasks: w.tasks.map((t): TaskSnapshot => {
        const a = plans[i]?.assignments.find(({ task: name }) => name === t.name);
        if (a === undefined || a.startTime > now) return t;
        const { node: on, startTime, endTime } = a;
        const isOver = endTime <= now;
        if (!isOver) return { ...t, node: on, startTime, state: 'Running' };
        return { ...t, node: on, startTime, state: 'Succeeded', completionTime: endTime };
      }),
    })),
  };
}

describe('a plan ahead on nodes where nothing is ever short', () => {
  it('comes true as a rollout that follows it says', () => {
    let compared = 0;
    fc.assert(
      fc.property(aQuietSnapshot, fc.nat(4000), (world, seconds) => {
        const course = courseOf(buildProblem(later(world, seconds)));
        expect(isNeverShort(course)).to.equal(true);
        const rollout = new Rollout(course);
        const ahead = PlanAhead.of(course, rollout.size);
        if (ahead === undefined) return;
        compared += 1;
        const script = scriptOf(ahead.first, course.standing, false);
        const followed = rollout.run(DEFAULT_POLICY, { script });
        const windows = windowsOf(rollout.board);
        const assumed = rollout.assume(ahead.first);
        const own = windowsOf(rollout.board);
        expect(own.isPlaced).to.deep.equal(windows.isPlaced);
        expect(own.node).to.deep.equal(windows.node);
        expect(own.contended).to.deep.equal(windows.contended);
        for (const [i] of own.start.entries()) {
          expect(own.start[i]).to.be.closeTo(windows.start[i] ?? NaN, 1e-5);
          expect(own.end[i]).to.be.closeTo(windows.end[i] ?? NaN, 1e-5);
        }
        expect(assumed.seconds).to.be.closeTo(followed.seconds, 1e-3);
        expect(assumed.stuck).to.equal(followed.stuck);
        expect(assumed.contended).to.equal(0);
      }),
      { numRuns: 500 },
    );
    expect(compared).to.be.greaterThan(100);
  });

  it('is explained by the nodes on which each task would have ended next', () => {
    const nodes = [1, 2, 3, 4, 5, 6].map((i) => node(`n${i}`, { speed: i, availability: {} }));
    const tasks = Array.from({ length: 20 }, (_, i) =>
      task(`t${i}`, { demand: amounts({ cpu: 4 }), durationSeconds: 600 }),
    );
    const course = courseOf(buildProblem(snapshot(nodes, [workflow('w', tasks)])));
    const explanations = new Explanations(tasks.length);
    const ahead = PlanAhead.of(course, 1, (t, runs) => {
      explanations.keepRuns(t, 0, runs);
    });
    tasks.forEach((_, t) => {
      const options = explanations.of(t);
      expect(options).to.have.length(MOST_KEPT);
      expect(options[0]).to.include({ node: ahead?.first.node[t], end: ahead?.first.end[t] });
      expect(explanations.soonestEnd[t]).to.equal(options[0]?.end);
      const ends = options.map((o) => o.end);
      expect(ends).to.deep.equal(ends.toSorted((a, b) => a - b));
      expect(new Set(options.map((o) => o.node)).size).to.equal(MOST_KEPT);
    });
  });

  it('says so of every task of a workflow that is large enough', () => {
    const nodes = Array.from({ length: 40 }, (_, i) => node(`n${i}`));
    const tasks = Array.from({ length: 1600 }, (_, i) => task(`t${i}`, { ...whole, durationSeconds: 60 }));
    const [plan] = planWorkflows(snapshot(nodes, [workflow('w', tasks)]));
    expect(plan?.assignments).to.have.length(1600);
    for (const { reason, node: on, endTime, contention, alternatives } of plan?.assignments ?? []) {
      expect(reason).to.equal('EarliestFinish');
      expect(contention).to.equal(0);
      expect(alternatives).to.have.length(3);
      for (const a of alternatives) {
        expect(a.node).not.to.equal(on);
        expect(a.endTime).to.be.at.least(endTime);
      }
    }
  });
});

describe('nodes where nothing is ever short', () => {
  it('are not those that may be, nor those on which more runs than they have room for', () => {
    const shortage = (world: Snapshot) => isNeverShort(courseOf(buildProblem(world)));
    const quiet = node('quiet');
    expect(shortage(snapshot([quiet], [workflow('w', [task('t')])]))).to.equal(true);
    expect(shortage(snapshot([quiet, contended('busy', 0.1)], [workflow('w', [task('t')])]))).to.equal(false);
    const running = { state: 'Running' as const, node: 'quiet', startTime: 0 };
    const over = task('t', { demand: amounts({ cpu: 2 * quiet.capacity.cpu }), ...running });
    expect(shortage(snapshot([quiet], [workflow('w', [over])]))).to.equal(false);
  });
});
