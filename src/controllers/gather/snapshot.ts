/**
 * The cluster as the planner sees it: every node with what others have taken of it, and every workflow that
 * is under way, with each task on the node that its plan in force gives it.
 */
import { LABEL_ATTEMPT, LABEL_TASK } from '../../api/constants.ts';
import type { Workflow } from '../../api/types.generated.ts';
import { planInForce } from '../../core/plan/in-force.ts';
import type { InForce } from '../../core/plan/in-force.ts';
import { hasPodRules } from '../../core/placement/index.ts';
import type { PodSnapshot, Snapshot, WorkflowSnapshot } from '../../core/plan/snapshot.ts';
import { tryParseQuantity } from '../../core/quantity/index.ts';
import { isStarted } from '../../core/reshard/facts.ts';
import { add, resourceVector, ZERO, type ResourceVector } from '../../core/resources.ts';
import { podRequests } from '../../core/workflow/requests.ts';
import { objectKey } from '../../runtime/index.ts';
import { workflowKeys, type Caches } from '../caches.ts';
import type { Settings } from '../settings.ts';
import { hasEnded, type Pod, type ResourceList } from './kubernetes.ts';
import { taskSnapshot, withLearned, workflowOf } from './planned-workflow.ts';
import { nodeSnapshot, publishedAvailability, type NodeSettings, type Taken } from './nodes.ts';
import { isFinished, planOf, resolved } from './workflows.ts';

export function gatherSnapshot(caches: Caches, settings: Settings, now: number): Snapshot {
  const workflows = caches.workflows.store
    .list()
    .filter((w) => !isFinished(w) && w.metadata.deletionTimestamp === undefined)
    .filter((w) => resolved(w, settings).problems.length === 0)
    .map((object) => ({ object, snapshot: workflowSnapshot(object, caches, settings) }));
  const others = podsOfOthers(caches, workflows);
  const snapshots = workflows.map((w) => w.snapshot);
  const taken = takenBy(others, snapshots, settings);
  const nodes = caches.nodes.store
    .list()
    .map((node) =>
      nodeSnapshot(
        node,
        publishedAvailability(caches.forecasts.store.get(objectKey(node)), now),
        taken.get(objectKey(node)) ?? { requested: ZERO, pods: 0 },
        settings,
      ),
    );
  const learned = caches.learning.over(nodes);
  return {
    now,
    sharing: settings.sharing,
    nodes,
    pods: countedPods(others, snapshots),
    workflows: workflows.map(({ object, snapshot }) =>
      withLearned(snapshot, resolved(object, settings).tasks, learned),
    ),
  };
}

function workflowSnapshot(workflow: Workflow, caches: Caches, settings: Settings): WorkflowSnapshot {
  const plan = planOf(workflow, caches);
  const inForce = plan === undefined ? new Map<string, InForce>() : planInForce(plan);
  const first = new Map((plan?.spec.assignments ?? []).map((a) => [a.task, a]));
  const records = new Map((workflow.status?.tasks ?? []).map((t) => [t.name, t]));
  const tasks = resolved(workflow, settings).tasks.map((t) =>
    taskSnapshot(t, records.get(t.name), inForce.get(t.name), first.get(t.name)),
  );
  return workflowOf(workflow, tasks, priorityOf(workflow.spec.priorityClassName, caches));
}

/** `spec.priorityClassName` to its value; without one the cluster's default, or 0. */
function priorityOf(name: string | undefined, caches: Caches): number {
  const classes = caches.priorityClasses.store;
  const found = name === undefined ? classes.list().find((c) => c.globalDefault === true) : classes.get(name);
  return found?.value ?? 0;
}

/**
 * Bound pods but for those of the tasks that the snapshot holds as starting or running: the planner counts these
 * itself. An attempt that is being ended holds its room until it is gone.
 */
function podsOfOthers(
  caches: Caches,
  workflows: readonly { object: Workflow; snapshot: WorkflowSnapshot }[],
): Pod[] {
  const running = new Set(
    workflows.flatMap(({ object, snapshot }) => {
      const attempts = new Map((object.status?.tasks ?? []).map((t) => [t.name, t.attempt ?? 1]));
      return snapshot.tasks
        .filter((t) => isStarted(t.state))
        .map((t) => runKey(objectKey(object), t.name, String(attempts.get(t.name) ?? 1)));
    }),
  );
  return caches.pods.store.list().filter((pod) => {
    if (pod.spec?.nodeName === undefined || hasEnded(pod)) return false;
    const labels = pod.metadata?.labels ?? {};
    const [workflow] = workflowKeys(pod);
    return (
      workflow === undefined || !running.has(runKey(workflow, labels[LABEL_TASK], labels[LABEL_ATTEMPT]))
    );
  });
}

/** Those that a rule of a task may count. */
function countedPods(pods: readonly Pod[], workflows: readonly WorkflowSnapshot[]): PodSnapshot[] {
  const namespaces = new Set(workflows.filter((w) => hasPodRules([w])).map((w) => w.namespace));
  if (namespaces.size === 0) return [];
  return pods.flatMap(({ metadata, spec }) => {
    const { namespace = '', labels = {} } = metadata ?? {};
    const node = spec?.nodeName;
    return node === undefined || !namespaces.has(namespace) ? [] : [{ namespace, labels, node }];
  });
}

/** By node: what these pods request of it, and how many they are. */
function takenBy(
  pods: readonly Pod[],
  workflows: readonly WorkflowSnapshot[],
  settings: Settings,
): Map<string, Taken> {
  // What no task asks for need not be counted.
  const names = new Set(workflows.flatMap((w) => w.tasks.flatMap((t) => Object.keys(t.extended ?? {}))));
  const taken = new Map<string, Taken & { readonly extended: Map<string, number> }>();
  for (const pod of pods) {
    const node = pod.spec?.nodeName;
    if (node === undefined) continue;
    const known = taken.get(node) ?? { requested: ZERO, extended: new Map<string, number>(), pods: 0 };
    if (names.size > 0) {
      for (const [name, amount] of podRequests(pod.spec, '').amounts)
        if (names.has(name)) known.extended.set(name, (known.extended.get(name) ?? 0) + amount);
    }
    const requested = add(known.requested, requestsOf(pod, settings));
    taken.set(node, { ...known, requested, pods: known.pods + 1 });
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
