import { expect } from 'chai';
import type { ShardPlan, TaskAssignment, Workflow } from '../../../../src/api/types.generated.ts';
import { rfc3339 } from '../../../../src/api/times.ts';
import type { InForce } from '../../../../src/core/plan/in-force.ts';
import type { Assignment, WorkflowPlan, WorkflowSnapshot } from '../../../../src/core/plan/snapshot.ts';
import { tasksToPlace } from '../../../../src/core/reshard/decide.ts';
import { withBound, worldOf, type WorldInput } from '../../../../src/core/reshard/facts.ts';
import { find, keepInForce } from '../../../../src/core/reshard/keep.ts';
import { LivePlanner } from '../../../../src/core/reshard/look.ts';
import { amounts, GIB, node, NOW, snapshot, task, workflow } from '../builders.ts';

const WINDOW = { startTime: NOW, endTime: NOW + 600_000 };

/** A workflow of one task that is planned on n1: what is published of it, and what the planner now says. */
interface Case {
  readonly binding: TaskAssignment['binding'];
  /** In permille: of the plan's spec, and of what its status has put in force. */
  readonly first: number;
  readonly published: number;
  /** 0..1: on n1 now. */
  readonly contentionNow: number;
  readonly mode?: 'Auto' | 'Manual';
}

const on = (node: string, contention: number): WorkflowPlan => {
  const a: Assignment = {
    ...{ task: 'a', node, ...WINDOW, contention },
    ...{ binding: 'Bound', reason: 'Kept', alternatives: [] },
  };
  const of = { unplaceable: [], predictedCompletionTime: a.endTime, contention };
  return { namespace: 'ns', name: 'w', assignments: [a], ...of };
};

function input({ binding, first, published, contentionNow, mode = 'Auto' }: Case): WorldInput {
  const [startTime, endTime] = [rfc3339(WINDOW.startTime), rfc3339(WINDOW.endTime)];
  const assignment = { task: 'a', node: 'n1', startTime, endTime, contentionPermille: first };
  const inForce = { ...assignment, contentionPermille: published, binding };
  const workflow: Workflow = {
    apiVersion: 'foreshard.dev/v1alpha1',
    kind: 'Workflow',
    metadata: { namespace: 'ns', name: 'w' },
    spec: { tasks: [{ name: 'a' }], planning: { mode } },
  };
  const plan: ShardPlan = {
    apiVersion: 'foreshard.dev/v1alpha1',
    kind: 'ShardPlan',
    metadata: { namespace: 'ns', name: 'w', generation: 1 },
    spec: { workflowRef: { name: 'w' }, assignments: [assignment] },
    status: { observedGeneration: 1, assignments: [inForce] },
  };
  const healthy = (name: string) =>
    ({ name, ready: 'True', readySince: 0, cordoned: false, taints: [], drift: undefined }) as const;
  return {
    now: NOW,
    workflow,
    plan,
    asWritten: mode === 'Manual',
    tasks: [{ name: 'a', dependencies: [], tolerations: [] }],
    nodes: new Map(['n1', 'n2'].map((n) => [n, healthy(n)])),
    unboundPods: new Map(),
    answer: { kept: on('n1', contentionNow), rolling: on('n2', 0) },
  };
}

/** The causes that are found, and where the task is from then on. A place that is looked for is on n2. */
function look(at: Case): { causes: string[]; assignment: InForce | undefined } {
  const found = find(input(at));
  const { bound } = keepInForce(found, tasksToPlace(found.detected).length === 0 ? undefined : on('n2', 0));
  return { causes: found.detected.findings.map((f) => f.cause), assignment: bound.assignments[0] };
}

describe('what a look at a workflow sees', () => {
  it('leaves a task where it was bound over its ceiling knowingly, and not where that has come since', () => {
    const knowingly = { binding: 'Bound', first: 0, published: 600, contentionNow: 0.7 } as const;
    expect(worldOf(input(knowingly)).tasks[0]?.contentionChosen).to.equal(0.6);
    expect(look(knowingly).causes).to.be.empty;
    const since = look({ ...knowingly, published: 100 });
    expect(since.causes).to.deep.equal(['ForecastChanged']);
    expect(since.assignment).to.include({ node: 'n2', binding: 'Bound' });
  });

  it('binds a task that is due where the rolling plan has it, and a plan from Git as it is written', () => {
    const due = { binding: 'Provisional', first: 100, published: 100, contentionNow: 0.1 } as const;
    const bound = look(due);
    expect(bound.causes).to.deep.equal(['LateBinding']);
    expect(bound.assignment).to.include({ node: 'n2', binding: 'Bound' });
    const written = look({ ...due, mode: 'Manual' });
    expect(written.causes).to.be.empty;
    expect(written.assignment).to.include({ node: 'n1', binding: 'Bound' });
  });

  it('keeps the room of what is bound and about to start from all that is ready', () => {
    const { plan } = input({ binding: 'Bound', first: 0, published: 0, contentionNow: 0 });
    const whole = { demand: amounts({ cpu: 8, memory: GIB }) };
    const bound = task('a', { ...whole, state: 'Pending', node: 'n1', startTime: NOW, bound: true });
    const of = workflow('w', [
      task('first', { state: 'Succeeded' }),
      bound,
      task('b', { ...whole, durationSeconds: 3600 }),
    ]);
    const startOfB = (w: WorkflowSnapshot): string | undefined => {
      const view = { snapshot: snapshot([node('n1')], [w], { now: NOW - 500 }), provisional: [[]] };
      const b = new LivePlanner().look(view).rolling[0]?.assignments.find((x) => x.task === 'b');
      return b === undefined ? undefined : rfc3339(b.startTime);
    };
    const seen = withBound(of, plan, NOW - 500);
    expect(seen.tasks.map((t) => t.state)).to.deep.equal(['Succeeded', 'Starting', 'Pending']);
    expect(startOfB(seen)).to.equal(rfc3339(NOW + 600_000));
    // Not what waits for another task, nor what is to start much later.
    const waits = { ...bound, dependencies: ['b'] };
    expect(withBound({ ...of, tasks: [waits, ...of.tasks.slice(2)] }, plan, NOW).tasks[0]?.state).to.equal(
      'Pending',
    );
    expect(withBound(of, plan, NOW - 120_000).tasks[1]?.state).to.equal('Pending');
  });
});
