/**
 * The cluster as the planner sees it: every node with what others have taken of it, and every workflow that
 * is under way, with each task on the node that its plan in force gives it.
 */
import { LABEL_ATTEMPT, LABEL_TASK } from '../../api/constants.ts';
<<<<<<< HEAD
import type { TaskAssignment, TaskStatus, Workflow } from '../../api/types.generated.ts';
=======
import type { Workflow } from '../../api/types.generated.ts';
>>>>>>> 1c76e42 (Plan without a cluster: foreshard plan, once or as a session)
import { planInForce } from '../../core/plan/in-force.ts';
import type { InForce } from '../../core/plan/in-force.ts';
import type { Snapshot, WorkflowSnapshot } from '../../core/plan/snapshot.ts';
import { tryParseQuantity } from '../../core/quantity/index.ts';
import { add, resourceVector, ZERO, type ResourceVector } from '../../core/resources.ts';
import { objectKey } from '../../runtime/index.ts';
import { workflowKeys, type Caches } from '../caches.ts';
import type { Settings } from '../settings.ts';
import type { Pod, ResourceList } from './kubernetes.ts';
<<<<<<< HEAD
import { nodeSnapshot, type NodeSettings } from './nodes.ts';
import { parseTime } from './times.ts';
=======
import { taskSnapshot, workflowOf } from './planned-workflow.ts';
import { nodeSnapshot, publishedAvailability, type Taken } from './nodes.ts';
>>>>>>> 1c76e42 (Plan without a cluster: foreshard plan, once or as a session)
import { isFinished, planOf, resolved } from './workflows.ts';

export function gatherSnapshot(caches: Caches, settings: Settings, now: number): Snapshot {
  const workflows = caches.workflows.store
    .list()
    .filter((w) => !isFinished(w) && w.metadata.deletionTimestamp === undefined)
    .filter((w) => resolved(w, settings).problems.length === 0)
    .map((object) => ({ object, snapshot: workflowSnapshot(object, caches, settings) }));
  const taken = takenByOthers(caches, settings, workflows);
  return {
    now,
    sharing: settings.sharing,
    nodes: caches.nodes.store
      .list()
      .map((node) =>
        nodeSnapshot(
          node,
          publishedAvailability(caches.forecasts.store.get(objectKey(node)), now),
          taken.get(objectKey(node)) ?? { requested: ZERO, pods: 0 },
          settings,
        ),
      ),
    workflows: workflows.map((w) => w.snapshot),
  };
}

function workflowSnapshot(workflow: Workflow, caches: Caches, settings: Settings): WorkflowSnapshot {
  const plan = planOf(workflow, caches);
  const inForce = plan === undefined ? new Map<string, InForce>() : planInForce(plan);
  const first = new Map((plan?.spec.assignments ?? []).map((a) => [a.task, a]));
  const records = new Map((workflow.status?.tasks ?? []).map((t) => [t.name, t]));
<<<<<<< HEAD
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    tasks: resolved(workflow, settings).tasks.map((t) =>
      taskSnapshot(t, records.get(t.name), inForce.get(t.name), first.get(t.name)),
    ),
    priority: priorityOf(spec.priorityClassName, caches),
    creationTime: Date.parse(metadata.creationTimestamp ?? '1970-01-01T00:00:00Z'),
    ...(spec.notBeforeTime === undefined ? {} : { notBeforeTime: Date.parse(spec.notBeforeTime) }),
    ...(spec.parallelism === undefined ? {} : { parallelism: spec.parallelism }),
    contentionCeiling: (spec.planning?.contentionCeilingPercent ?? 20) / 100,
    slack: (spec.planning?.slackPercent ?? 10) / 100,
  };
}

/**
 * A task that has not started keeps the node that the plan in force gives it: plans are stable. So does one whose
 * attempt is to end because the plan in force moves it.
 */
function taskSnapshot(
  task: ResolvedTask,
  record: TaskStatus | undefined,
  inForce: InForce | undefined,
  first: TaskAssignment | undefined,
): TaskSnapshot {
  const moving = isStarted(record?.state) && inForce !== undefined && inForce.node !== record?.node;
  const state = moving ? 'Pending' : (record?.state ?? 'Pending');
  const waiting = state === 'Pending' || state === 'Omitted';
  const node = waiting ? inForce?.node : record?.node;
  const startTime = waiting ? wantedStart(inForce, first) : parseTime(record?.startTime);
  return {
    name: task.name,
    demand: task.demand,
    durationSeconds: task.durationSeconds,
    dependencies: task.dependencies,
    nodeSelector: task.nodeSelector,
    ...(task.affinity === undefined ? {} : { affinity: task.affinity }),
    tolerations: task.tolerations,
    inputs: task.inputs,
    outputs: task.outputs,
    state,
    ...(node === undefined ? {} : { node }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(record?.completionTime === undefined || waiting
      ? {}
      : { completionTime: Date.parse(record.completionTime) }),
    bound: inForce !== undefined,
    excludedNodes: [],
  };
=======
  const tasks = resolved(workflow, settings).tasks.map((t) =>
    taskSnapshot(t, records.get(t.name), inForce.get(t.name)),
  );
  return workflowOf(workflow, tasks, priorityOf(workflow.spec.priorityClassName, caches));
>>>>>>> 1c76e42 (Plan without a cluster: foreshard plan, once or as a session)
}

function isStarted(state: TaskStatus['state'] | undefined): boolean {
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

/** `spec.priorityClassName` to its value; without one the cluster's default, or 0. */
function priorityOf(name: string | undefined, caches: Caches): number {
  const classes = caches.priorityClasses.store;
  const found = name === undefined ? classes.list().find((c) => c.globalDefault === true) : classes.get(name);
  return found?.value ?? 0;
}

/**
 * Requests of bound pods, by node, less those of the tasks that the snapshot holds as starting or running: the
 * planner counts these itself. An attempt that is being ended holds its room until it is gone.
 */
function takenByOthers(
  caches: Caches,
  settings: Settings,
<<<<<<< HEAD
  workflows: readonly { object: Workflow; snapshot: WorkflowSnapshot }[],
): Map<string, { requested: ResourceVector; pods: number }> {
=======
  workflows: readonly Workflow[],
): Map<string, Taken> {
>>>>>>> 1c76e42 (Plan without a cluster: foreshard plan, once or as a session)
  const running = new Set(
    workflows.flatMap(({ object, snapshot }) => {
      const attempts = new Map((object.status?.tasks ?? []).map((t) => [t.name, t.attempt ?? 1]));
      return snapshot.tasks
        .filter((t) => isStarted(t.state))
        .map((t) => runKey(objectKey(object), t.name, String(attempts.get(t.name) ?? 1)));
    }),
  );
  const taken = new Map<string, Taken>();
  for (const pod of caches.pods.store.list()) {
    const node = pod.spec?.nodeName;
    const phase = pod.status?.phase;
    if (node === undefined || phase === 'Succeeded' || phase === 'Failed') continue;
    const labels = pod.metadata?.labels ?? {};
    const [workflow] = workflowKeys(pod);
    if (workflow !== undefined && running.has(runKey(workflow, labels[LABEL_TASK], labels[LABEL_ATTEMPT])))
      continue;
    const known = taken.get(node) ?? { requested: ZERO, pods: 0 };
    taken.set(node, { requested: add(known.requested, requestsOf(pod, settings)), pods: known.pods + 1 });
  }
  return taken;
}

function runKey(workflow: string, task: string | undefined, attempt: string | undefined): string {
  return `${workflow}/${task ?? ''}/${attempt ?? ''}`;
}

/** As kube-scheduler counts them: the sum of the containers, or the largest init container where that is more. */
export function requestsOf(pod: Pod, settings: NodeSettings): ResourceVector {
  const names = { cpu: 'cpu', memory: 'memory', gpu: settings.gpuResourceName } as const;
  const of = (list: ResourceList | undefined, name: string): number =>
    tryParseQuantity(list?.[name] ?? '0') ?? 0;
  return resourceVector((resource) => {
    if (resource === 'network') return 0; // Kubernetes has no requests for it
    const name = names[resource];
    const sum = (pod.spec?.containers ?? []).reduce((total, c) => total + of(c.resources?.requests, name), 0);
    const init = Math.max(0, ...(pod.spec?.initContainers ?? []).map((c) => of(c.resources?.requests, name)));
    return Math.max(sum, init) + of(pod.spec?.overhead, name);
  });
}
