/** A ShardPlan's status: what is in force where it differs from the spec, how it came to that, and how it fares. */
import type {
  Reshard,
  ShardPlan,
  ShardPlanStatus,
  TaskAssignment,
  Workflow,
} from '../../api/types.generated.ts';
import { countTasks } from '../../core/dispatch/workflow.ts';
import { isObserved, planInForce, type InForce } from '../../core/plan/in-force.ts';
import type { NewCondition } from '../../core/conditions/workflow.ts';
import type { BindResult } from '../../core/reshard/bind.ts';
import type { ReshardDecision } from '../../core/reshard/decide.ts';
import { assignmentStands, predictionStands, type Prediction } from '../../core/reshard/standing.ts';
import { setConditions } from '../../runtime/index.ts';
import { parseTime, rfc3339 } from '../../api/times.ts';
import { permille } from '../sharder/generated-plan.ts';

const RESHARDS_KEPT = 20;
const MOVES_KEPT = 50;

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
    reshards: lastOf([...(old.reshards ?? []), ...reshards]),
    moveCounts: moveCounts(old, result?.decision),
    conditions: conditions(input),
  };
}

function differences(plan: ShardPlan, inForce: readonly InForce[]): TaskAssignment[] {
  const before = planInForce(plan);
  const published = new Map(isObserved(plan) ? (plan.status?.assignments ?? []).map((a) => [a.task, a]) : []);
  return inForce.flatMap((current) => {
    const old = before.get(current.task);
    if (old === undefined || !assignmentStands(old, current)) return [toApi(current)];
    return published.get(current.task) ?? [];
  });
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

function predictions(input: PlanStatusInput, inForce: readonly InForce[]): Partial<ShardPlanStatus> {
  const published = publishedPrediction(input.plan);
  const current = currentPrediction(input, inForce, published);
  // When the last task ended is no prediction: it is published to the second.
  const isDone = input.workflow.status?.completionTime !== undefined;
  const { completionTime, contentionPermille } =
    !isDone && predictionStands(published, current) ? published : current;
  return {
    ...(completionTime === undefined ? {} : { predictedCompletionTime: rfc3339(completionTime) }),
    ...(contentionPermille === undefined ? {} : { contentionPermille }),
  };
}

function publishedPrediction({ status }: ShardPlan): Prediction {
  return {
    completionTime: parseTime(status?.predictedCompletionTime),
    contentionPermille: status?.contentionPermille,
  };
}

function currentPrediction(
  { workflow, result }: PlanStatusInput,
  inForce: readonly InForce[],
  published: Prediction,
): Prediction {
  const ends = inForce.flatMap((a) => a.endTime ?? []);
  const lastEnd = ends.length === 0 ? undefined : Math.max(...ends);
  return {
    completionTime:
      parseTime(workflow.status?.completionTime) ?? result?.decision.plan.predictedCompletionTime ?? lastEnd,
    contentionPermille:
      result === undefined ? published.contentionPermille : permille(result.decision.plan.contention),
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

/** Those before binding are many, and go first: cooldowns and refusals are read from the others. */
function lastOf(reshards: readonly Reshard[]): Reshard[] {
  const room = RESHARDS_KEPT - reshards.filter((r) => r.cause !== 'LateBinding').length;
  let late = reshards.filter((r) => r.cause === 'LateBinding').length;
  const kept = reshards.filter((r) => r.cause !== 'LateBinding' || late-- <= room);
  return kept.slice(-RESHARDS_KEPT);
}

/** What is bound elsewhere than it was published to be has not been moved from anywhere: that uses up no budget. */
function moveCounts(
  old: ShardPlanStatus,
  decision: ReshardDecision | undefined,
): { task: string; count: number }[] {
  const counts = new Map((old.moveCounts ?? []).map((m) => [m.task, m.count]));
  const counted = (decision?.reshards ?? []).filter((r) => r.cause !== 'LateBinding');
  for (const move of counted.flatMap((r) => r.moves)) {
    counts.set(move.task, (counts.get(move.task) ?? 0) + 1);
  }
  return [...counts].map(([task, count]) => ({ task, count }));
}

function conditions({ plan, workflow, result, now }: PlanStatusInput): ShardPlanStatus['conditions'] {
  const { generation } = plan.metadata;
  return setConditions(plan.status?.conditions, [ready(), active(), degraded()], { generation, now });

  function ready(): NewCondition {
    const message = `the plan of workflow ${workflow.metadata.name ?? ''} is in force`;
    return { type: 'Ready', status: 'True', reason: 'InForce', message };
  }
  function active(): NewCondition {
    const type = 'Active';
    if (result === undefined) {
      return { type, status: 'False', reason: 'Finished', message: 'the workflow has finished' };
    }
    const noNodeFits =
      workflow.spec.resharding?.whenNoNodeFits === 'Pause' ? result.decision.unplaced[0] : undefined;
    const paused =
      result.decision.paused ??
      (noNodeFits === undefined ? undefined : `no node fits task ${noNodeFits.task}: ${noNodeFits.message}`);
    return paused === undefined
      ? { type, status: 'True', reason: 'Active', message: 'tasks are started as they are released' }
      : { type, status: 'False', reason: 'Paused', message: `no task is started: ${paused}` };
  }
  function degraded(): NewCondition {
    const type = 'Degraded';
    const [escalation] = result?.decision.escalations ?? [];
    if (escalation !== undefined) return { type, status: 'True', reason: 'Escalated', message: escalation };
    const givenUp = result?.decision.givenUp;
    if (givenUp !== undefined) return { type, status: 'True', ...givenUp };
    const [stuck] = result?.decision.unplaced ?? [];
    if (stuck === undefined) {
      const message = 'every task has a node that can take it';
      return { type, status: 'False', reason: 'AsPlanned', message };
    }
    const reason = workflow.spec.resharding?.whenNoNodeFits === 'Escalate' ? 'Escalated' : 'NoNodeFits';
    const message = `task ${stuck.task} must leave its node and has no other: ${stuck.message}`;
    return { type, status: 'True', reason, message };
  }
}
