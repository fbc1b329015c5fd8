/**
 * The operator's loop without a cluster: at each event the looks, decisions and records that its controllers would
 * make, by the same pure functions. The sharder's first plan; the resharder's look (causes, moves, binding, what is
 * published of them); the dispatcher's Jobs. What starts is what has a Job.
 *
 * Not played: writes that are lost or late, the seconds between an event and its reconcile, and drift of the load
 * (its test needs samples between the slots of a case).
 */
import { API_VERSION } from '../../src/api/constants.ts';
import type { ShardPlan, TaskStatus, Workflow } from '../../src/api/types.generated.ts';
import { rfc3339 } from '../../src/api/times.ts';
import { planStatus } from '../../src/controllers/resharder/status.ts';
import { generatedPlan } from '../../src/controllers/sharder/generated-plan.ts';
import type { JobFacts, PodFacts, RetryPolicy } from '../../src/core/dispatch/facts.ts';
import { decideWorkflow, type WorkflowDecision } from '../../src/core/dispatch/workflow.ts';
import { isObserved, planInForce } from '../../src/core/plan/in-force.ts';
import type {
  Assignment,
  NodeSnapshot,
  Snapshot,
  TaskSnapshot,
  WorkflowPlan,
  WorkflowSnapshot,
} from '../../src/core/plan/snapshot.ts';
import { AT_ONCE_MS } from '../../src/core/reshard/bind.ts';
import { tasksToPlace, type Reshard } from '../../src/core/reshard/decide.ts';
import { podKey, provisionalTasks, taskStanding, withBound } from '../../src/core/reshard/facts.ts';
import { find, keepInForce } from '../../src/core/reshard/keep.ts';
import { LivePlanner, place, planIn, type Looked, type View } from '../../src/core/reshard/look.ts';
import type { NodeFacts } from '../../src/core/reshard/world.ts';
import { answerOf, assigned } from './answer.ts';

/** The resharder looks so often where nothing else makes it. */
export const PERIOD_SECONDS = 60;
/** A task that is not to start yet, for a simulator that starts whatever has a node. */
const NEVER_MS = 3650 * 86_400_000;
const NO_RETRY: RetryPolicy = {
  limit: 0,
  backoff: { durationSeconds: 1, factor: 1, maxDurationSeconds: 1 },
};

export interface OperatorLoopOptions {
  readonly periodSeconds?: number;
  /** So often the operator is another process, which knows what is in force and nothing else. */
  readonly restartSeconds?: number;
  /** Sees what each look of a workflow led to. */
  readonly onReshard?: (now: number, reshards: readonly Reshard[]) => void;
}

export class OperatorLoop {
  #planner = new LivePlanner();
  readonly #periodMs: number;
  readonly #restartMs: number;
  /** undefined: nothing was planned yet. */
  #restartAt: number | undefined;
  readonly #onReshard: NonNullable<OperatorLoopOptions['onReshard']>;
  readonly #workflows = new Map<string, KeptWorkflow>();
  #nodes: readonly NodeSnapshot[] | undefined;
  #done = -1;
  #lookAt = -Infinity;
  #dispatchAt = Infinity;

  constructor(options: OperatorLoopOptions = {}) {
    this.#periodMs = (options.periodSeconds ?? PERIOD_SECONDS) * 1000;
    this.#restartMs = (options.restartSeconds ?? Infinity) * 1000;
    this.#onReshard = options.onReshard ?? (() => undefined);
  }

  /** Milliseconds: when it is to be asked again, if nothing happens before. */
  get lookAgainAt(): number {
    return Math.min(this.#lookAt, this.#dispatchAt);
  }

  /** @param snapshot with tasks as they run; what is planned and bound is the loop's own */
  plan(snapshot: Snapshot): WorkflowPlan[] {
    const kept = snapshot.workflows.map((w) => this.#workflow(w));
    kept.forEach((k, i) => k.observe(snapshot, snapshot.workflows[i]));
    if (this.#isToLook(snapshot)) this.#look(snapshot, kept);
    this.#dispatchAt = Math.min(...kept.map((k) => k.dispatch(snapshot)));
    return kept.map((k) => k.answer(snapshot.now));
  }

  #workflow(snapshot: WorkflowSnapshot): KeptWorkflow {
    const key = `${snapshot.namespace}/${snapshot.name}`;
    const known = this.#workflows.get(key) ?? new KeptWorkflow(snapshot);
    this.#workflows.set(key, known);
    return known;
  }

  /** Events that tell a controller something new; or the time has come. */
  #isToLook({ now, nodes, workflows }: Snapshot): boolean {
    const done = workflows.reduce((n, w) => n + w.tasks.filter((t) => t.state === 'Succeeded').length, 0);
    const isNew = nodes !== this.#nodes || done !== this.#done;
    this.#nodes = nodes;
    this.#done = done;
    return isNew || now >= this.#lookAt;
  }

  #look(snapshot: Snapshot, kept: readonly KeptWorkflow[]): void {
    this.#restartAt ??= snapshot.now + this.#restartMs;
    if (snapshot.now >= this.#restartAt) {
      this.#planner = new LivePlanner();
      this.#restartAt = snapshot.now + this.#restartMs;
    }
    if (kept.some((k) => k.plan === undefined)) {
      const { rolling } = this.#planner.look(viewOf(snapshot, kept));
      kept.forEach((k, i) => k.begin(rolling[i], snapshot.now));
    }
    const view = viewOf(snapshot, kept);
    const looked = this.#planner.look(view);
    const times = kept.map((k) => k.look(view, looked, this.#onReshard));
    this.#lookAt = Math.max(snapshot.now + AT_ONCE_MS, Math.min(snapshot.now + this.#periodMs, ...times));
  }
}

function viewOf(snapshot: Snapshot, kept: readonly KeptWorkflow[]): View {
  return {
    snapshot: { ...snapshot, workflows: kept.map((k) => k.snapshotAt(snapshot.now)) },
    provisional: kept.map((k) => k.provisional(snapshot.now)),
  };
}

/** An attempt of a task. */
interface Job {
  readonly attempt: number;
  readonly node: string;
  /** Milliseconds. */
  readonly created: number;
  readonly pod: PodFacts;
}

/** One workflow's objects. */
class KeptWorkflow {
  #object: Workflow;
  readonly #defined: WorkflowSnapshot;
  readonly #specs: readonly (TaskSnapshot & { readonly retry: RetryPolicy })[];
  readonly #jobs = new Map<string, Job>();
  /** Tasks that had a Job once. */
  readonly #begun = new Set<string>();
  #plan: ShardPlan | undefined;

  constructor(defined: WorkflowSnapshot) {
    this.#defined = defined;
    this.#object = objectOf(defined);
    this.#specs = defined.tasks.map((t) => ({ ...t, retry: NO_RETRY }));
  }

  get plan(): ShardPlan | undefined {
    return this.#plan;
  }

  /** As the planner is shown it. */
  snapshotAt(now: number): WorkflowSnapshot {
    const plan = this.#plan;
    const inForce = plan === undefined ? undefined : planInForce(plan);
    const first = new Map((plan?.spec.assignments ?? []).map((a) => [a.task, a]));
    const records = this.#records();
    const tasks = this.#defined.tasks.map((task) => ({
      ...task,
      ...taskStanding(records.get(task.name), inForce?.get(task.name), first.get(task.name)),
    }));
    const snapshot = { ...this.#defined, tasks };
    return plan === undefined ? snapshot : withBound(snapshot, plan, now);
  }

  provisional(now: number): View['provisional'][number] {
    return this.#plan === undefined ? [] : provisionalTasks(this.#object, this.#plan, false, now);
  }

  /** What has become of the pods. Throws where a task runs that was not to. */
  observe({ now, nodes }: Snapshot, seen: WorkflowSnapshot | undefined): void {
    for (const { name, state, node, startTime, completionTime } of seen?.tasks ?? []) {
      if (state === 'Pending') continue;
      const job = this.#jobs.get(name);
      if (job === undefined || job.node !== node)
        throw new Error(`task ${name} runs on ${node ?? '?'}, and its Job is on ${job?.node ?? 'no node'}`);
      const isDone = state === 'Succeeded';
      this.#jobs.set(name, {
        ...job,
        pod: {
          task: name,
          attempt: job.attempt,
          phase: isDone ? 'Succeeded' : 'Running',
          node,
          ...(startTime === undefined ? {} : { startTime }),
          ...(completionTime === undefined ? {} : { endTime: completionTime }),
        },
      });
    }
    this.#publish(this.#decide(now, nodes));
  }

  begin(plan: WorkflowPlan | undefined, now: number): void {
    if (this.#plan !== undefined || plan === undefined) return;
    const { name, unplaceable } = plan;
    if (unplaceable.length > 0) throw new Error(`workflow ${name}: ${unplaceable[0]?.message ?? ''}`);
    this.#plan = generatedPlan(this.#object, plan, now);
  }

  /** One reconcile of the resharder. Returns when it wants the next. */
  look(
    { snapshot }: View,
    { kept, rolling }: Looked,
    onReshard: NonNullable<OperatorLoopOptions['onReshard']>,
  ): number {
    const plan = this.#plan;
    const own = planIn(this.#defined, kept);
    const free = planIn(this.#defined, rolling);
    if (plan === undefined || own === undefined || free === undefined) return Infinity;
    const { now, nodes } = snapshot;
    const workflow = this.#object;
    const found = find({
      now,
      workflow,
      plan,
      asWritten: false,
      tasks: this.#specs,
      nodes: new Map(nodes.map((n) => [n.name, factsOf(n)])),
      unboundPods: this.#unboundPods(),
      answer: { kept: own, rolling: free },
    });
    const toPlace = tasksToPlace(found.detected);
    const placed = toPlace.length === 0 ? undefined : place(snapshot, this.#defined, toPlace);
    const result = keepInForce(found, placed);
    this.#plan = { ...plan, status: planStatus({ workflow, plan, now, result }) };
    onReshard(now, result.decision.reshards);
    return Math.min(result.decision.lookAgainAt ?? Infinity, result.bound.lookAgainAt ?? Infinity);
  }

  /** Ends and makes Jobs until nothing is left to be done now. Returns when the next is to start. */
  dispatch({ now, nodes }: Snapshot): number {
    let decision = this.#decide(now, nodes);
    while (decision.delete.length > 0 || decision.create.length > 0) {
      // The pod is gone at once, and its task starts anew in the next round.
      for (const { job } of decision.delete) this.#jobs.delete(job.task);
      for (const start of decision.create) this.#start(start, now);
      this.#publish(decision);
      decision = this.#decide(now, nodes);
    }
    this.#publish(decision);
    this.#checkParallelism();
    return decision.lookAgainAt ?? Infinity;
  }

  /** What has a Job, on its node; what had one and was moved is to wait there. */
  answer(now: number): WorkflowPlan {
    const inForce = this.#plan === undefined ? undefined : planInForce(this.#plan);
    const assignments = this.#defined.tasks.flatMap(({ name }): Assignment[] => {
      const job = this.#jobs.get(name);
      const node = job?.node ?? inForce?.get(name)?.node;
      if (node === undefined || (job === undefined && !this.#begun.has(name))) return [];
      const startTime = job?.created ?? now + NEVER_MS;
      const binding = job === undefined ? 'Provisional' : 'Bound';
      return [assigned({ task: name, node, startTime, endTime: startTime, binding, reason: 'Kept' })];
    });
    return answerOf(this.#defined, assignments);
  }

  #decide(now: number, nodes: readonly NodeSnapshot[]): WorkflowDecision {
    const plan = this.#plan;
    const usable = new Set(nodes.filter((n) => n.schedulable).map((n) => n.name));
    return decideWorkflow({
      name: this.#defined.name,
      now,
      tasks: this.#specs,
      recorded: this.#object.status?.tasks ?? [],
      jobs: [...this.#jobs].map(([task, job]) => factsOfJob(task, job)),
      pods: [...this.#jobs.values()].map(({ pod }) => pod),
      placements: plan === undefined ? new Map() : planInForce(plan),
      nodes: () => nodes,
      nodeState: (name) => (usable.has(name) ? 'Usable' : 'Unusable'),
      unreachableNode: 'WaitUntilFenced',
      hold: plan === undefined || !isObserved(plan) ? 'the plan is not in force yet' : undefined,
      parallelism: this.#defined.parallelism,
      activeDeadlineSeconds: undefined,
      ttlSecondsAfterFinished: undefined,
      startTime: undefined,
    });
  }

  #start({ task, attempt, node }: WorkflowDecision['create'][number], now: number): void {
    const job = this.#jobs.get(task);
    if (job !== undefined)
      throw new Error(`task ${task} is to start on ${node}, and has a Job on ${job.node}`);
    this.#begun.add(task);
    this.#jobs.set(task, { attempt, node, created: now, pod: { task, attempt, phase: 'Pending' } });
  }

  #publish({ records, counts }: WorkflowDecision): void {
    this.#object = { ...this.#object, status: { tasks: [...records], taskCounts: { ...counts } } };
  }

  #checkParallelism(): void {
    const under = [...this.#jobs.values()].filter(({ pod }) => pod.phase !== 'Succeeded').length;
    const { name, parallelism = Infinity } = this.#defined;
    if (under > parallelism) throw new Error(`workflow ${name} runs ${under} tasks at once`);
  }

  #records(): Map<string, TaskStatus> {
    return new Map((this.#object.status?.tasks ?? []).map((t) => [t.name, t]));
  }

  /** A pod that the simulation does not start yet has found no room. */
  #unboundPods(): Map<string, number> {
    const waiting = [...this.#jobs].filter(([, { pod }]) => pod.phase === 'Pending');
    return new Map(waiting.map(([task, { attempt, created }]) => [podKey(task, attempt), created]));
  }
}

function objectOf({ namespace, name, ...of }: WorkflowSnapshot): Workflow {
  return {
    apiVersion: API_VERSION,
    kind: 'Workflow',
    metadata: { namespace, name, uid: name, generation: 1, creationTimestamp: rfc3339(of.creationTime) },
    spec: {
      tasks: [],
      ...(of.parallelism === undefined ? {} : { parallelism: of.parallelism }),
      ...(of.notBeforeTime === undefined ? {} : { notBeforeTime: rfc3339(of.notBeforeTime) }),
      planning: {
        contentionCeilingPercent: Math.round(of.contentionCeiling * 100),
        slackPercent: Math.round(of.slack * 100),
      },
      resharding: { runningTasks: of.runningTasks },
    },
  };
}

function factsOfJob(task: string, { attempt, node, pod }: Job): JobFacts {
  const isDone = pod.phase === 'Succeeded';
  return {
    name: podKey(task, attempt),
    uid: podKey(task, attempt),
    task,
    attempt,
    node,
    state: isDone ? 'Succeeded' : 'Active',
    disrupted: false,
    deleting: false,
    ...(pod.endTime === undefined ? {} : { completionTime: pod.endTime }),
  };
}

function factsOf({ name, schedulable, taints }: NodeSnapshot): NodeFacts {
  return {
    name,
    ready: schedulable ? 'True' : 'False',
    readySince: 0,
    cordoned: false,
    taints,
    drift: undefined,
  };
}
