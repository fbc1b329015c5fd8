/** Learned durations: the median says when a task ends, the 90 % quantile how long its node is reserved beyond that. */
import { expect } from 'chai';
import { RollingPlanner } from '../../../../src/core/plan/index.ts';
import type { NodeSnapshot, TaskSnapshot, WorkflowPlan } from '../../../../src/core/plan/snapshot.ts';
import { node, NOW, snapshot, task, workflow } from '../builders.ts';
import { find, MINUTE, whole, window } from './support.ts';

/** Ten minutes by the median, 25 by the 90 % quantile. */
const LEARNED = { ...whole, durationSeconds: 600, reservedSeconds: 1500 };
const running = (minutes: number, of: Partial<TaskSnapshot> = {}): TaskSnapshot =>
  task('r', { ...LEARNED, state: 'Running', node: 'n', startTime: NOW - minutes * MINUTE, ...of });
const next = task('t', LEARNED);

function planAt(
  planner: RollingPlanner,
  tasks: readonly TaskSnapshot[],
  now = NOW,
  nodes: readonly NodeSnapshot[] = [node('n')],
): WorkflowPlan {
  const [plan] = planner.plan(snapshot(nodes, [workflow('w', tasks, { runningTasks: 'Restart' })], { now }));
  if (plan === undefined) throw new Error('no plan');
  return plan;
}

describe('a task whose duration was learned', () => {
  let planner: RollingPlanner;
  beforeEach(() => {
    planner = new RollingPlanner();
  });

  it('is expected to take the median', () => {
    const plan = planAt(planner, [running(4), next]);
    expect(window(find(plan, 'r'))).to.deep.equal([-4, 6]);
    expect(window(find(plan, 't'))).to.deep.equal([6, 16]);
  });

  it('keeps its node until nine of ten are done when it is over the median', () => {
    const plan = planAt(planner, [running(11), next]);
    expect(window(find(plan, 'r'))).to.deep.equal([-11, 14]);
    expect(window(find(plan, 't'))).to.deep.equal([14, 24]);
  });

  it('keeps it for two minutes more and more when it is over that as well, or nothing was learned', () => {
    expect(window(find(planAt(planner, [running(26), next]), 't'))).to.deep.equal([2, 12]);
    const unlearned = running(11, { reservedSeconds: 0 });
    expect(window(find(planAt(new RollingPlanner(), [unlearned, next]), 't'))).to.deep.equal([2, 12]);
  });

  it('is reserved less time on a faster node', () => {
    const plan = planAt(planner, [running(6), next], NOW, [node('n', { speed: 2 })]);
    expect(window(find(plan, 'r'))).to.deep.equal([-6, 6.5]);
  });

  it('has the same reservation from plan to plan', () => {
    const ends = [0, 1, 7, 12].map((minutes) => {
      const now = NOW + minutes * MINUTE;
      return find(planAt(planner, [running(11), next], now), 'r').endTime - NOW;
    });
    expect(new Set(ends)).to.deep.equal(new Set([14 * MINUTE]));
  });

  it('has it in a plan that is mended', () => {
    const mends = new RollingPlanner({ rescue: true, mendFrom: 0, ahead: false });
    const long = task('l', { ...whole, durationSeconds: 9000, state: 'Running', node: 'm', startTime: NOW });
    const nodes = [node('n'), node('m')];
    planAt(mends, [running(9), next, long], NOW, nodes);
    const plan = planAt(mends, [running(9), next, long], NOW + 2 * MINUTE, nodes);
    expect(mends.hasMended).to.equal(true);
    expect([find(plan, 'r'), find(plan, 't')].map(window)).to.deep.equal([
      [-9, 16],
      [16, 26],
    ]);
  });

  it('is no straggler for what is reserved', () => {
    const nodes = [node('n'), node('quick', { speed: 4 })];
    for (const minutes of [0, 6])
      expect(find(planAt(planner, [running(11)], NOW + minutes * MINUTE, nodes), 'r').node).to.equal('n');
  });
});
