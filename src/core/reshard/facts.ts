/**
 * The world of one workflow (world.ts), from its API objects: its tasks where they stand, its plan in force, and what
 * the planner now says of both.
 */
import { parseTime } from '../../api/times.ts';
import type { ShardPlan, TaskAssignment, TaskStatus, Workflow } from '../../api/types.generated.ts';
import { planInForce, type InForce } from '../plan/in-force.ts';
import { BIND_AHEAD_MILLISECONDS } from '../plan/index.ts';
import type { Assignment, TaskSnapshot, WorkflowPlan, WorkflowSnapshot } from '../plan/snapshot.ts';
import type { ResolvedTask } from '../workflow/index.ts';
import { isDue } from './bind.ts';
import type { Freed } from './look.ts';
import type { CauseName, NodeFacts, ReshardPolicy, ReshardWorld, TaskFacts } from './world.ts';

/** The workflow's plan in force as it now stands, and what the planner would do. */
export interface Answer {
  readonly kept: WorkflowPlan;
  readonly rolling: WorkflowPlan;
}

export interface WorldInput {
  /** Milliseconds. */
  readonly now: number;
  readonly workflow: Workflow;
  readonly plan: ShardPlan;
  /** The plan is the user's (`planning.mode: Manual`). */
  readonly asWritten: boolean;
  readonly tasks: readonly Pick<ResolvedTask, 'name' | 'dependencies' | 'tolerations'>[];
  /** By name. */
  readonly nodes: ReadonlyMap<string, NodeFacts>;
  /** By task and attempt (`podKey`): since when its pod has waited for kube-scheduler. */
  readonly unboundPods: ReadonlyMap<string, number>;
  readonly answer: Answer;
}

export function podKey(task: string, attempt: number | string): string {
  return `${task}/${attempt}`;
}

export function worldOf(input: WorldInput): ReshardWorld {
  return {
    now: input.now,
    nodes: input.nodes,
    tasks: tasksOf(input),
    policy: policyOf(input.workflow),
    lastDriftReshard: lastDriftReshard(input.plan),
  };
}

function policyOf({ spec }: Workflow): ReshardPolicy {
  const policy = spec.resharding ?? {};
  return {
    onNodeFailure: policy.onNodeFailure ?? 'Reroute',
    onDrift: policy.onDrift ?? 'Reroute',
    whenNoNodeFits: policy.whenNoNodeFits ?? 'Retry',
    runningTasks: policy.runningTasks ?? 'Keep',
    unreachableNode: policy.unreachableNode ?? 'WaitUntilFenced',
    cooldownSeconds: policy.cooldownSeconds ?? 300,
    maxReshardsPerTask: policy.maxReshardsPerTask ?? 5,
    contentionCeiling: (spec.planning?.contentionCeilingPercent ?? 20) / 100,
  };
}

function tasksOf({
  now,
  workflow,
  plan,
  asWritten,
  tasks,
  unboundPods,
  answer: { kept, rolling },
}: WorldInput): TaskFacts[] {
  const inForce = planInForce(plan);
  const chosen = chosenContention(plan);
  const rolled = new Map(rolling.assignments.map((a) => [a.task, a]));
  const scored = new Map(kept.assignments.map((a) => [a.task, a.contention]));
  const records = new Map((workflow.status?.tasks ?? []).map((t) => [t.name, t]));
  const moves = new Map((plan.status?.moveCounts ?? []).map((m) => [m.task, m.count]));
  const notBeforeTime = parseTime(workflow.spec.notBeforeTime);
  const open = new Set(provisionalTasks(workflow, plan, asWritten, now).map((t) => t.task));
  return tasks.flatMap((task): TaskFacts[] => {
    const assignment = inForce.get(task.name);
    const record = records.get(task.name);
    const state = record?.state ?? 'Pending';
    if (assignment === undefined || state === 'Succeeded' || state === 'Failed' || state === 'Omitted')
      return [];
    const isReleased =
      assignment.binding === 'Provisional' &&
      task.dependencies.every((d) => records.get(d)?.state === 'Succeeded');
    const next = rolled.get(task.name);
    return [
      {
        name: task.name,
        state,
        assignment,
        tolerations: task.tolerations,
        unboundSince:
          state === 'Starting' ? unboundPods.get(podKey(task.name, record?.attempt ?? 1)) : undefined,
        contentionNow: scored.get(task.name),
        contentionChosen: Math.max(
          chosen.get(`${task.name} ${assignment.node}`) ?? 0,
          assignment.binding === 'Bound' ? assignment.contention : 0,
        ),
        isOpen: open.has(task.name),
        isReleased,
        isDue: isReleased && !asWritten && isDue(next?.startTime, notBeforeTime, now),
        soonerOn: state === 'Running' && next?.node !== assignment.node ? next?.node : undefined,
        moves: moves.get(task.name) ?? 0,
      },
    ];
  });
}

/** By task and node: the score with which the task was put there. That of one that is bound is in its assignment. */
function chosenContention({ spec, status }: ShardPlan): Map<string, number> {
  const chosen = new Map(
    spec.assignments.map((a) => [`${a.task} ${a.node}`, (a.contentionPermille ?? 0) / 1000]),
  );
  for (const { task, to, toContentionPermille } of (status?.reshards ?? []).flatMap((r) => r.moved ?? []))
    chosen.set(`${task} ${to}`, (toContentionPermille ?? 0) / 1000);
  return chosen;
}

/** Causes that a healthy node gives (`afterCooldown`). */
const DRIFT: ReadonlySet<string> = new Set<CauseName>(['LoadDrift', 'ForecastChanged', 'Straggler']);

function lastDriftReshard(plan: ShardPlan): number | undefined {
  return parseTime(plan.status?.reshards?.findLast((r) => DRIFT.has(r.cause))?.time);
}

/** What is in force as it was published: where nothing newer is known. */
export function publishedAnswer(workflow: Workflow, plan: ShardPlan, now: number): Answer {
  const assignments = [...planInForce(plan).values()].map((a): Assignment => {
    const startTime = a.startTime ?? now;
    const endTime = Math.max(startTime, a.endTime ?? startTime);
    return { ...a, startTime, endTime, reason: 'Kept', alternatives: [] };
  });
  const kept: WorkflowPlan = {
    namespace: workflow.metadata.namespace ?? '',
    name: workflow.metadata.name ?? '',
    assignments,
    unplaceable: [],
    predictedCompletionTime: parseTime(plan.status?.predictedCompletionTime),
    contention: (plan.status?.contentionPermille ?? 0) / 1000,
  };
  return { kept, rolling: kept };
}

/**
 * A task that has not started keeps the node that the plan in force gives it: plans are stable. So does one whose
 * attempt is to end because the plan in force moves it.
 *
 * @param first what the plan's spec says of it
 */
export function taskStanding(
  record: TaskStatus | undefined,
  inForce: InForce | undefined,
  first: TaskAssignment | undefined,
): Pick<TaskSnapshot, 'state' | 'node' | 'startTime' | 'completionTime' | 'bound'> {
  const moving = isStarted(record?.state) && inForce !== undefined && inForce.node !== record?.node;
  const state = moving ? 'Pending' : (record?.state ?? 'Pending');
  const waiting = state === 'Pending' || state === 'Omitted';
  const node = waiting ? inForce?.node : record?.node;
  const startTime = waiting ? wantedStart(inForce, first) : parseTime(record?.startTime);
  return {
    state,
    ...(node === undefined ? {} : { node }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(record?.completionTime === undefined || waiting
      ? {}
      : { completionTime: Date.parse(record.completionTime) }),
    bound: inForce !== undefined,
  };
}

export function isStarted(state: TaskStatus['state'] | undefined): boolean {
  return state === 'Starting' || state === 'Running';
}

/**
 * Not before: the start that was chosen with the node. One that only followed late predecessors does not count, or
 * a task could never catch up when these end sooner than was thought; a task that was moved starts when it can.
 */
function wantedStart(inForce: InForce | undefined, first: TaskAssignment | undefined): number | undefined {
  if (inForce?.binding !== 'Provisional') return inForce?.startTime;
  return inForce.node === first?.node ? parseTime(first.startTime) : undefined;
}

/**
 * The workflow with what is bound and about to start as if its Job were there: it has its room. Planned as a task that
 * waits for its node it would lose that, until its Job has been made, to any other that is ready now.
 */
export function withBound(snapshot: WorkflowSnapshot, plan: ShardPlan, now: number): WorkflowSnapshot {
  const inForce = planInForce(plan);
  const done = new Set(snapshot.tasks.filter((t) => t.state === 'Succeeded').map((t) => t.name));
  const isAboutToStart = ({ name, state, node, dependencies }: TaskSnapshot): boolean => {
    const a = inForce.get(name);
    return (
      a?.binding === 'Bound' &&
      state === 'Pending' &&
      node === a.node &&
      (a.startTime ?? now) <= now + BIND_AHEAD_MILLISECONDS &&
      dependencies.every((d) => done.has(d))
    );
  };
  return {
    ...snapshot,
    tasks: snapshot.tasks.map((t) => (isAboutToStart(t) ? { ...t, state: 'Starting' } : t)),
  };
}

/**
 * Tasks whose node may change until they are bound: none of a plan that was written by hand, nor of a workflow that
 * does not want to be moved for what is merely better. A task whose last attempt is still being ended has been moved:
 * it stays where it is sent.
 */
export function provisionalTasks(
  workflow: Workflow,
  plan: ShardPlan,
  asWritten: boolean,
  now: number,
): Freed[] {
  if (asWritten || (workflow.spec.resharding?.onDrift ?? 'Reroute') !== 'Reroute') return [];
  const started = new Set(
    (workflow.status?.tasks ?? []).filter((t) => isStarted(t.state)).map((t) => t.name),
  );
  const refused = refusals(workflow, plan, now);
  return [...planInForce(plan).values()]
    .filter((a) => a.binding === 'Provisional' && !started.has(a.task))
    .map(({ task }) => ({ task, excludedNode: refused.get(task) }));
}

/**
 * By task: the node whose kube-scheduler has just not bound its pod. The planner thinks that it fits there, and would
 * send it back.
 */
function refusals({ spec }: Workflow, { status }: ShardPlan, now: number): Map<string, string> {
  const since = now - (spec.resharding?.cooldownSeconds ?? 300) * 1000;
  const recent = (status?.reshards ?? []).filter(
    (r) => r.cause === 'PodUnschedulable' && (parseTime(r.time) ?? 0) >= since,
  );
  return new Map(recent.flatMap((r) => (r.moved ?? []).map((m) => [m.task, m.from] as const)));
}
