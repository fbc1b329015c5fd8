/** What becomes of nodes that come between two plans. */
import { expect } from 'chai';
import { RollingPlanner } from '../../../../src/core/plan/index.ts';
import type { NodeSnapshot, TaskSnapshot, WorkflowPlan } from '../../../../src/core/plan/snapshot.ts';
import { amounts, NOW, node, snapshot, task, workflow } from '../builders.ts';
import { contended, MINUTE } from './support.ts';

const CHAIN = ['a', 'b', 'c'].map((name, i, all) =>
  task(name, { dependencies: i === 0 ? [] : [all[i - 1] ?? ''] }),
);
/** Over the ceiling, and fast. */
const BUSY = contended('busy', 0.3);
/** It would take three times as long there. */
const SLOW = node('slow', { speed: 0.33 });

describe('nodes that come between two plans', () => {
  let planner: RollingPlanner;
  beforeEach(() => {
    planner = new RollingPlanner();
  });

  const planned = (
    nodes: readonly NodeSnapshot[],
    tasks: readonly TaskSnapshot[],
    at = NOW,
  ): WorkflowPlan => {
    const [plan] = planner.plan({ ...snapshot(nodes, [workflow('w', tasks, { slack: 1 })]), now: at });
    if (plan === undefined) throw new Error('no plan');
    return plan;
  };
  const nodesOf = ({ assignments }: WorkflowPlan): string[] => [...new Set(assignments.map((a) => a.node))];

  it('are left out where the plan would be longer, though quieter', () => {
    const before = planned([BUSY], CHAIN);
    const after = planned([BUSY, SLOW], CHAIN);
    expect(after.predictedCompletionTime).to.equal(before.predictedCompletionTime);
    expect(nodesOf(after)).to.deep.equal(['busy']);
    expect(
      nodesOf(new RollingPlanner().plan(snapshot([BUSY, SLOW], [workflow('w', CHAIN)]))[0]!),
    ).to.deep.equal(['slow']);
  });

  it('are used later, where that has become as good', () => {
    planned([BUSY], CHAIN);
    planned([BUSY, SLOW], CHAIN);
    expect(nodesOf(planned([BUSY, { ...SLOW, speed: 1 }], CHAIN, NOW + MINUTE))).to.deep.equal(['busy']);
    expect(nodesOf(planned([BUSY, { ...SLOW, speed: 1 }], CHAIN, NOW + 10 * MINUTE))).to.deep.equal(['slow']);
  });

  it('are used at once by a task that fits no other', () => {
    const big = [...CHAIN, task('big', { demand: amounts({ cpu: 12 }) })];
    expect(planned([BUSY], big).unplaceable).to.have.length(1);
    const after = planned(
      [BUSY, node('large', { capacity: amounts({ cpu: 16, memory: 2 ** 36 }), speed: 0.2 })],
      big,
    );
    expect([after.unplaceable, after.assignments.find((a) => a.task === 'big')?.node]).to.deep.equal([
      [],
      'large',
    ]);
  });

  it('are not left out where a task stands on one', () => {
    planned([BUSY], CHAIN);
    const [first, ...others] = CHAIN;
    const running: TaskSnapshot = { ...first!, state: 'Running', node: 'slow', startTime: NOW };
    const [a] = planned([BUSY, SLOW], [running, ...others], NOW + MINUTE).assignments;
    expect(a).to.include({ node: 'slow', endTime: NOW + Math.floor(600_000 / 0.33) });
  });
});
