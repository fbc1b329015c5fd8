/** A ShardPlan's status: what is in force where it differs from the spec, how it came to that, and how it fares. */
import type {
  Reshard,
  ShardPlan,
  ShardPlanStatus,
  TaskAssignment,
  Workflow,
} from '../../api/types.generated.ts';
import { countTasks } from '../../core/dispatch/workflow.ts';
import { planInForce, type InForce } from '../../core/plan/in-force.ts';
import type { NewCondition } from '../../core/conditions/workflow.ts';
import type { BindResult } from '../../core/reshard/bind.ts';
import type { ReshardDecision } from '../../core/reshard/decide.ts';
import { setCondition } from '../../runtime/index.ts';
import { rfc3339 } from '../gather/times.ts';
import { permille } from '../sharder/generated-plan.ts';

const RESHARDS_KEPT = 20;
const MOVES_KEPT = 50;

/** A window that slipped by less is not worth a write of its own. */
const SLIP_MS = 60_000;

export interface PlanStatusInput {
  readonly workflow: Workflow;
  readonly plan: ShardPlan;
  readonly now: number;
  /** Undefined once the workflow has finished. */
  readonly result: { readonly decision: ReshardDecision; readonly bound: BindResult } | undefined;
}

export function planStatus(input: PlanStatusInput): ShardPlanStatus {
  const { plan, workflow, result, now } = input;
  const old = plan.status ?? {};
  const inForce = result?.bound.assignments ?? [...planInForce(plan).values()];
  const reshards = result === undefined ? [] : newReshards(result.decision, (old.revision ?? 1) + 1, now);
  const moved = reshards.length > 0;
  const counts = countTasks(workflow.status?.tasks ?? []);
  return {
    ...(plan.metadata.generation === undefined ? {} : { observedGeneration: plan.metadata.generation }),
    revision: moved ? (old.revision ?? 1) + 1 : (old.revision ?? 1),
    assignments: differences(plan, inForce),
    tasks: { ...counts, total: plan.spec.assignments.length },
    nodes: new Set(inForce.map((a) => a.node)).size,
    ...predictions(input, inForce),
    reshardCount: (old.reshardCount ?? 0) + reshards.length,
    reshards: [...(old.reshards ?? []), ...reshards].slice(-RESHARDS_KEPT),
    moveCounts: moveCounts(old, result?.decision),
    conditions: conditions(input),
  };
}

function differences(plan: ShardPlan, inForce: readonly InForce[]): TaskAssignment[] {
  const spec = new Map(plan.spec.assignments.map((a) => [a.task, a]));
  const published = new Map(
    plan.status?.observedGeneration === plan.metadata.generation
      ? (plan.status?.assignments ?? []).map((a) => [a.task, a])
      : [],
  );
  return inForce.flatMap((a) => {
    const known = published.get(a.task);
    if (known !== undefined && isSame(known, a)) return [known];
    const first = spec.get(a.task);
    if (known === undefined && first !== undefined && isSame(first, a)) return [];
    return [toApi(a)];
  });
}

function isSame(a: TaskAssignment, b: InForce): boolean {
  const near = (x: string | undefined, y: number | undefined): boolean =>
    x === undefined || y === undefined
      ? (x === undefined) === (y === undefined)
      : Math.abs(Date.parse(x) - y) < SLIP_MS;
  return (
    a.node === b.node &&
    (a.binding ?? 'Provisional') === b.binding &&
    near(a.startTime, b.startTime) &&
    near(a.endTime, b.endTime)
  );
}

function toApi(a: InForce): TaskAssignment {
  return {
    task: a.task,
    node: a.node,
    ...(a.startTime === undefined ? {} : { startTime: rfc3339(a.startTime) }),
    ...(a.endTime === undefined ? {} : { endTime: rfc3339(a.endTime) }),
    contentionPermille: permille(a.contention),
    binding: a.binding,
  };
}

/** The last published prediction stands until it is off by as much as a window may slip. */
function predictions(
  { plan, result, workflow }: PlanStatusInput,
  inForce: readonly InForce[],
): Partial<ShardPlanStatus> {
  const completed = workflow.status?.completionTime;
  const ends = inForce.flatMap((a) => a.endTime ?? []);
  const last =
    result?.decision.plan.predictedCompletionTime ?? (ends.length === 0 ? undefined : Math.max(...ends));
  const old = plan.status?.predictedCompletionTime;
  const stands = old !== undefined && last !== undefined && Math.abs(Date.parse(old) - last) < SLIP_MS / 6;
  const predicted = completed ?? (stands ? old : last === undefined ? undefined : rfc3339(last));
  const contention =
    result === undefined ? plan.status?.contentionPermille : permille(result.decision.plan.contention);
  return {
    ...(predicted === undefined ? {} : { predictedCompletionTime: predicted }),
    ...(contention === undefined ? {} : { contentionPermille: contention }),
  };
}

function newReshards(decision: ReshardDecision, revision: number, now: number): Reshard[] {
  return decision.reshards.map(({ cause, node, message, moves }) => ({
    revision,
    time: rfc3339(now),
    cause,
    node,
    message,
    movedCount: moves.length,
    moved: moves.slice(0, MOVES_KEPT).map((m) => ({
      task: m.task,
      from: m.from,
      to: m.to,
      ...(m.fromContention === undefined ? {} : { fromContentionPermille: permille(m.fromContention) }),
      toContentionPermille: permille(m.toContention),
    })),
  }));
}

function moveCounts(
  old: ShardPlanStatus,
  decision: ReshardDecision | undefined,
): { task: string; count: number }[] {
  const counts = new Map((old.moveCounts ?? []).map((m) => [m.task, m.count]));
  for (const move of (decision?.reshards ?? []).flatMap((r) => r.moves)) {
    counts.set(move.task, (counts.get(move.task) ?? 0) + 1);
  }
  return [...counts].map(([task, count]) => ({ task, count }));
}

function conditions({ plan, workflow, result, now }: PlanStatusInput): ShardPlanStatus['conditions'] {
  const generation = plan.metadata.generation;
  const make = (type: string, status: 'True' | 'False', reason: string, message: string): NewCondition => ({
    type,
    status,
    reason,
    message,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  });
  return [ready(), active(), degraded()].reduce(
    (all, c) => setCondition(all, c, now),
    plan.status?.conditions ?? [],
  );

  function ready(): NewCondition {
    return make(
      'Ready',
      'True',
      'InForce',
      `the plan of workflow ${workflow.metadata.name ?? ''} is in force`,
    );
  }
  function active(): NewCondition {
    if (result === undefined) return make('Active', 'False', 'Finished', 'the workflow has finished');
    const noNodeFits =
      workflow.spec.resharding?.whenNoNodeFits === 'Pause' ? result.decision.unplaced[0] : undefined;
    const paused =
      result.decision.paused ??
      (noNodeFits === undefined ? undefined : `no node fits task ${noNodeFits.task}: ${noNodeFits.message}`);
    return paused === undefined
      ? make('Active', 'True', 'Active', 'tasks are started as they are released')
      : make('Active', 'False', 'Paused', `no task is started: ${paused}`);
  }
  function degraded(): NewCondition {
    const [escalation] = result?.decision.escalations ?? [];
    if (escalation !== undefined) return make('Degraded', 'True', 'Escalated', escalation);
    const [stuck] = result?.decision.unplaced ?? [];
    if (stuck === undefined)
      return make('Degraded', 'False', 'AsPlanned', 'every task has a node that can take it');
    const escalate = workflow.spec.resharding?.whenNoNodeFits === 'Escalate';
    return make(
      'Degraded',
      'True',
      escalate ? 'Escalated' : 'NoNodeFits',
      `task ${stuck.task} must leave its node and has no other: ${stuck.message}`,
    );
  }
}
