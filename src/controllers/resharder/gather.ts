/** The resharder's view of one workflow and the nodes of its plan. */
import type { NodeForecast, ShardPlan, Workflow } from '../../api/types.generated.ts';
import { planInForce } from '../../core/plan/in-force.ts';
import type { Assignment, WorkflowPlan } from '../../core/plan/snapshot.ts';
import { isDue } from '../../core/reshard/bind.ts';
import type { CauseName, NodeFacts, ReshardWorld, TaskFacts } from '../../core/reshard/world.ts';
import { objectKey } from '../../runtime/index.ts';
import { LABEL_ATTEMPT, LABEL_TASK } from '../../api/constants.ts';
import { BY_WORKFLOW, type Caches } from '../caches.ts';
import { nodeFacts } from '../gather/nodes.ts';
import { unboundSince } from '../gather/runs.ts';
import { parseTime } from '../../api/times.ts';
import { isManual, resolved } from '../gather/workflows.ts';
import type { Settings } from '../settings.ts';

/** The workflow's plan in force as it now stands, and what the planner would do. */
export interface Answer {
  readonly kept: WorkflowPlan;
  readonly rolling: WorkflowPlan;
}

export function gatherWorld(
  workflow: Workflow,
  plan: ShardPlan,
  { kept, rolling }: Answer,
  caches: Caches,
  settings: Settings,
  now: number,
): ReshardWorld {
  const policy = workflow.spec.resharding ?? {};
  return {
    now,
    nodes: new Map(caches.nodes.store.list().map((n) => [objectKey(n), factsOf(n, caches)])),
    tasks: tasksOf(workflow, plan, { kept, rolling }, caches, settings, now),
    policy: {
      onNodeFailure: policy.onNodeFailure ?? 'Reroute',
      onDrift: policy.onDrift ?? 'Reroute',
      whenNoNodeFits: policy.whenNoNodeFits ?? 'Retry',
      runningTasks: policy.runningTasks ?? 'Keep',
      unreachableNode: policy.unreachableNode ?? 'WaitUntilFenced',
      cooldownSeconds: policy.cooldownSeconds ?? 300,
      maxReshardsPerTask: policy.maxReshardsPerTask ?? 5,
      contentionCeiling: (workflow.spec.planning?.contentionCeilingPercent ?? 20) / 100,
    },
    lastDriftReshard: lastDriftReshard(plan),
  };
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

function factsOf(node: Parameters<typeof nodeFacts>[0], caches: Caches): NodeFacts {
  const forecast: NodeForecast | undefined = caches.forecasts.store.get(objectKey(node));
  return nodeFacts(node, forecast);
}

function tasksOf(
  workflow: Workflow,
  plan: ShardPlan,
  { kept, rolling }: Answer,
  caches: Caches,
  settings: Settings,
  now: number,
): TaskFacts[] {
  const inForce = planInForce(plan);
  const chosen = chosenContention(plan);
  const rolled = new Map(rolling.assignments.map((a) => [a.task, a]));
  const scored = new Map(kept.assignments.map((a) => [a.task, a.contention]));
  const records = new Map((workflow.status?.tasks ?? []).map((t) => [t.name, t]));
  const moves = new Map((plan.status?.moveCounts ?? []).map((m) => [m.task, m.count]));
  const waiting = waitingPods(workflow, caches);
  return resolved(workflow, settings).tasks.flatMap((task): TaskFacts[] => {
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
        unboundSince: state === 'Starting' ? waiting.get(`${task.name}/${record?.attempt ?? 1}`) : undefined,
        contentionNow: scored.get(task.name),
        contentionChosen: chosen.get(`${task.name} ${assignment.node}`) ?? 0,
        isReleased,
        isDue:
          isReleased &&
          !isManual(workflow) &&
          isDue(next?.startTime, parseTime(workflow.spec.notBeforeTime), now),
        soonerOn: state === 'Running' && next?.node !== assignment.node ? next?.node : undefined,
        moves: moves.get(task.name) ?? 0,
      },
    ];
  });
}

/** By task and node: the score with which the task was put there. */
function chosenContention({ spec, status }: ShardPlan): Map<string, number> {
  const chosen = new Map(
    spec.assignments.map((a) => [`${a.task} ${a.node}`, (a.contentionPermille ?? 0) / 1000]),
  );
  for (const { task, to, toContentionPermille } of (status?.reshards ?? []).flatMap((r) => r.moved ?? []))
    chosen.set(`${task} ${to}`, (toContentionPermille ?? 0) / 1000);
  return chosen;
}

/** By task and attempt: since when its pod waits for kube-scheduler. */
function waitingPods(workflow: Workflow, caches: Caches): Map<string, number> {
  const pods = caches.pods.store.byIndex(BY_WORKFLOW, objectKey(workflow));
  return new Map(
    pods.flatMap((pod) => {
      const since = unboundSince(pod);
      const { [LABEL_TASK]: task = '', [LABEL_ATTEMPT]: attempt = '1' } = pod.metadata?.labels ?? {};
      return since === undefined ? [] : [[`${task}/${attempt}`, since] as const];
    }),
  );
}

/** Causes that a healthy node gives (`afterCooldown`). */
const DRIFT: ReadonlySet<string> = new Set<CauseName>(['LoadDrift', 'ForecastChanged', 'Straggler']);

function lastDriftReshard(plan: ShardPlan): number | undefined {
  return parseTime(plan.status?.reshards?.findLast((r) => DRIFT.has(r.cause))?.time);
}
