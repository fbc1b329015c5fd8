import { expect } from 'chai';
import type { ShardPlan, ShardPlanStatus, Workflow } from '../../../../src/api/types.generated.ts';
import { planStatus, type PlanStatusInput } from '../../../../src/controllers/resharder/status.ts';
import { planInForce } from '../../../../src/core/plan/in-force.ts';
import type { CauseName } from '../../../../src/core/reshard/world.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');

const WORKFLOW = {
  apiVersion: 'foreshard.dev/v1alpha1',
  kind: 'Workflow',
  metadata: { name: 'w', namespace: 'ns' },
  spec: { tasks: [{ name: 'a' }] },
  status: { tasks: [{ name: 'a', state: 'Running' }] },
} as Workflow;

function planWith(status?: ShardPlanStatus): ShardPlan {
  const assignment = {
    task: 'a',
    node: 'n1',
    startTime: '2026-03-02T12:00:00Z',
    endTime: '2026-03-02T12:10:00Z',
    contentionPermille: 100,
  };
  return {
    apiVersion: 'foreshard.dev/v1alpha1',
    kind: 'ShardPlan',
    metadata: { name: 'w', namespace: 'ns', generation: 1 },
    spec: { workflowRef: { name: 'w' }, assignments: [assignment] },
    ...(status === undefined ? {} : { status }),
  };
}

/** What the resharder finds when nothing has to move. */
function found(plan: ShardPlan, contention: number, lateMs = 0): PlanStatusInput['result'] {
  const predictedCompletionTime = NOW + 600_000 + lateMs;
  return {
    decision: {
      plan: {
        namespace: 'ns',
        name: 'w',
        assignments: [],
        unplaceable: [],
        predictedCompletionTime,
        contention,
      },
      moved: new Set(),
      reshards: [],
      unplaced: [],
      paused: undefined,
      givenUp: undefined,
      escalations: [],
      lookAgainAt: undefined,
    },
    bound: { assignments: [...planInForce(plan).values()], newlyBound: [], lookAgainAt: undefined },
  };
}

describe("a plan's status", () => {
  const status = (plan: ShardPlan, contention: number, lateMs = 0): ShardPlanStatus =>
    planStatus({ workflow: WORKFLOW, plan, now: NOW + 60_000, result: found(plan, contention, lateMs) });
  const first = status(planWith(), 0.1);
  const published = planWith(first);

  it('says how the plan is expected to fare', () => {
    expect(first.contentionPermille).to.equal(100);
    expect(first.predictedCompletionTime).to.equal('2026-03-02T12:10:00Z');
    expect(first.assignments).to.deep.equal([]);
  });

  it('is the very same, and so is not written, while that changes by little', () => {
    for (const [contention, lateMs] of [
      [0.101, 0],
      [0.119, 9000],
      [0.081, -9000],
    ] as const) {
      expect(status(published, contention, lateMs)).to.deep.equal(first);
    }
  });

  it('has both numbers as they are once one of them has left its band', () => {
    expect(status(published, 0.13, 3000)).to.deep.equal({
      ...first,
      contentionPermille: 130,
      predictedCompletionTime: '2026-03-02T12:10:03Z',
    });
    expect(status(published, 0.101, 11_000)).to.deep.equal({
      ...first,
      contentionPermille: 101,
      predictedCompletionTime: '2026-03-02T12:10:11Z',
    });
  });

  it('has the true end of the workflow, to the second, and the last score', () => {
    const workflow = { ...WORKFLOW, status: { ...WORKFLOW.status, completionTime: '2026-03-02T12:09:58Z' } };
    const last = planStatus({ workflow, plan: published, now: NOW + 600_000, result: undefined });
    expect(last.predictedCompletionTime).to.equal('2026-03-02T12:09:58Z');
    expect(last.contentionPermille).to.equal(100);
    expect(last.conditions?.map((c) => [c.type, c.status])).to.deep.equal([
      ['Ready', 'True'],
      ['Active', 'False'],
      ['Degraded', 'False'],
    ]);
  });

  it('stays as it is in force, and says so, where planning was given up', () => {
    const { decision, bound } = found(published, 0.1)!;
    const givenUp = { reason: 'PlanningTimeout', message: 'it took too long; what is in force stays' };
    const result = { decision: { ...decision, givenUp }, bound };
    const given = planStatus({ workflow: WORKFLOW, plan: published, now: NOW + 60_000, result });
    expect(given.assignments).to.deep.equal(first.assignments);
    const degraded = given.conditions?.find((c) => c.type === 'Degraded');
    expect(degraded).to.include({ status: 'True', ...givenUp });
    const after = status(planWith(given), 0.1).conditions?.find((c) => c.type === 'Degraded');
    expect(after).to.include({ status: 'False', reason: 'AsPlanned' });
  });

  /** A look at which one task is moved. */
  const after = (plan: ShardPlan, cause: CauseName, seconds: number): ShardPlan => {
    const move = { task: 'a', from: 'n1', to: 'n2', fromContention: 0.3, toContention: 0.1 };
    const base = found(plan, 0.1);
    if (base === undefined) throw new Error('nothing was found');
    const reshards = [{ cause, node: 'n1', message: `at ${seconds} s`, moves: [move] }];
    const result = { ...base, decision: { ...base.decision, reshards } };
    return planWith(planStatus({ workflow: WORKFLOW, plan, now: NOW + seconds * 1000, result }));
  };

  it('counts the moves of a task, and not where it was bound first', () => {
    const bound = after(published, 'LateBinding', 1);
    expect(bound.status?.moveCounts).to.deep.equal([]);
    const moved = after(after(bound, 'NodeCordoned', 2), 'LateBinding', 3);
    expect(moved.status?.moveCounts).to.deep.equal([{ task: 'a', count: 1 }]);
  });

  it('keeps the last reshards, and those before binding as far as there is room', () => {
    const told = ({ status: of }: ShardPlan): string[] => (of?.reshards ?? []).map((r) => r.message ?? '');
    let plan = after(published, 'Straggler', 0);
    for (let i = 1; i <= 30; i++) plan = after(plan, 'LateBinding', i);
    const late = Array.from({ length: 19 }, (_, i) => `at ${i + 12} s`);
    expect(told(plan)).to.deep.equal(['at 0 s', ...late]);
    expect(plan.status?.reshardCount).to.equal(31);
    for (let i = 31; i <= 55; i++) plan = after(plan, 'LoadDrift', i);
    expect(told(plan)).to.deep.equal(Array.from({ length: 20 }, (_, i) => `at ${i + 36} s`));
  });
});
