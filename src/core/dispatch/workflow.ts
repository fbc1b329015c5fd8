/**
 * What to do next about one workflow: which attempts to start, which Jobs to delete, and what to publish.
 *
 * When a task has failed for good, no further one is started, what runs may end, and the rest is omitted:
 * Argo Workflows' `failFast`, which its users know.
 */
import type {
  JobFacts,
  NodeState,
  Placement,
  PodFacts,
  RetryPolicy,
  TaskRecord,
  UnreachablePolicy,
} from './facts.ts';
import { refusal } from '../placement/message.ts';
import { hasPodRules, type RuleNode, type RuleTask } from '../placement/pod-rules.ts';
import type { PodRule } from '../placement/types.ts';
import { Domains } from './domains.ts';
import { decideTask, isFinal, type TaskDecision } from './task.ts';

export interface TaskSpec extends RuleTask {
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly retry: RetryPolicy;
}

export interface WorkflowInput {
  readonly name: string;
  readonly now: number;
  readonly tasks: readonly TaskSpec[];
  /** `status.tasks` as last published. */
  readonly recorded: readonly TaskRecord[];
  readonly jobs: readonly JobFacts[];
  readonly pods: readonly PodFacts[];
  /** By task: the plan in force. */
  readonly placements: ReadonlyMap<string, Placement>;
  readonly nodeState: (node: string) => NodeState;
  /** All nodes, as rules among pods look at them. */
  readonly nodes: () => readonly RuleNode[];
  readonly unreachableNode: UnreachablePolicy;
  /** Start nothing, and why: the workflow is suspended, its plan is paused, or it is invalid. */
  readonly hold: string | undefined;
  readonly parallelism: number | undefined;
  readonly activeDeadlineSeconds: number | undefined;
  readonly ttlSecondsAfterFinished: number | undefined;
  /** `status.startTime`. */
  readonly startTime: number | undefined;
}

export type Outcome = 'InProgress' | 'Succeeded' | 'Failed';

export interface TaskCounts {
  readonly total: number;
  readonly pending: number;
  /** Starting or running. */
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly omitted: number;
}

interface Start {
  readonly task: string;
  readonly attempt: number;
  readonly node: string;
}

export interface Held {
  readonly task: string;
  /** Which rule, on which node, and what to do. It ends the message of the task's record. */
  readonly message: string;
}

export interface WorkflowDecision {
  readonly records: readonly TaskRecord[];
  readonly counts: TaskCounts;
  readonly outcome: Outcome;
  /** Of an outcome that is Failed. */
  readonly failure?: string;
  readonly create: readonly Start[];
  /** Due, and kept from its node by a rule among pods. */
  readonly held: readonly Held[];
  readonly delete: readonly { readonly job: JobFacts; readonly reason: string }[];
  /** Jobs of a finished workflow that are still to be given their time to live. */
  readonly expire: readonly JobFacts[];
  readonly startTime: number | undefined;
  readonly completionTime: number | undefined;
  readonly lookAgainAt: number | undefined;
}

export function decideWorkflow(input: WorkflowInput): WorkflowDecision {
  const recorded = new Map(input.recorded.map((r) => [r.name, r]));
  const jobs = groupByTask(input.jobs);
  const pods = groupByTask(input.pods);
  const done = new Set(input.recorded.filter((r) => r.state === 'Succeeded').map((r) => r.name));

  const decisions = input.tasks.map((task) =>
    decideTask({
      now: input.now,
      name: task.name,
      retry: task.retry,
      recorded: recorded.get(task.name),
      jobs: jobs.get(task.name) ?? [],
      pods: pods.get(task.name) ?? [],
      placement: input.placements.get(task.name),
      dependenciesDone: task.dependencies.every((d) => done.has(d)),
      nodeState: input.nodeState,
      unreachableNode: input.unreachableNode,
    }),
  );

  const failure = failureOf(input, decisions);
  const deadlinePassed = failure !== undefined && failure === deadlineMessage(input);
  const records = decisions.map((d) =>
    clean(failure === undefined ? d.record : afterFailure(d.record, failure, deadlinePassed)),
  );
  const counts = countTasks(records);
  const outcome = outcomeOf(counts, failure !== undefined);
  const { create, held } =
    failure === undefined && input.hold === undefined
      ? toStart(input, decisions, counts)
      : { create: [], held: [] };
  const heldBy = new Map(held.map((h) => [h.task, h.message]));
  const known = new Set(input.tasks.map((t) => t.name));
  return {
    records: records.map((r) => withHeld(r, heldBy.get(r.name))),
    counts,
    outcome,
    failure: failure ?? records.find((r) => r.state === 'Omitted')?.message,
    create,
    held,
    delete: [
      ...decisions.flatMap((d) => d.delete),
      ...input.jobs
        .filter((j) => !known.has(j.task) && !j.deleting)
        .map((job) => ({ job, reason: 'the workflow has no such task any more' })),
      ...(deadlinePassed
        ? input.jobs
            .filter((j) => j.state === 'Active' && !j.deleting)
            .map((job) => ({ job, reason: failure }))
        : []),
    ],
    expire: outcome === 'InProgress' ? [] : withoutTtl(input),
    startTime: input.startTime ?? earliest(records.map((r) => r.startTime)),
    completionTime: outcome === 'InProgress' ? undefined : latest(records.map((r) => r.completionTime)),
    lookAgainAt: lookAgainAt(input, decisions),
  };
}

export function countTasks(records: readonly TaskRecord[]): TaskCounts {
  const count = (...states: TaskRecord['state'][]): number =>
    records.filter((r) => states.includes(r.state)).length;
  return {
    total: records.length,
    pending: count('Pending'),
    running: count('Starting', 'Running'),
    succeeded: count('Succeeded'),
    failed: count('Failed'),
    omitted: count('Omitted'),
  };
}

function failureOf(input: WorkflowInput, decisions: readonly TaskDecision[]): string | undefined {
  const failed = decisions.find((d) => d.record.state === 'Failed');
  if (failed !== undefined) return `task ${failed.record.name} ${failed.record.message ?? 'failed'}`;
  if (decisions.every((d) => isFinal(d.record))) return undefined;
  return deadlineMessage(input);
}

function deadlineMessage(input: WorkflowInput): string | undefined {
  const { startTime, activeDeadlineSeconds: limit } = input;
  if (startTime === undefined || limit === undefined || input.now < startTime + limit * 1000)
    return undefined;
  return `spec.activeDeadlineSeconds (${limit}) have passed since the first task started`;
}

/** The record of a task of a workflow that has failed: nothing is to come for those that do not run. */
function afterFailure(record: TaskRecord, failure: string, deadlinePassed: boolean): TaskRecord {
  if (isFinal(record)) return record;
  if (deadlinePassed && record.state !== 'Pending')
    return { ...record, state: 'Failed', reason: 'DeadlineExceeded', message: failure };
  if (record.state !== 'Pending' || record.reason === 'Ending') return record;
  return { ...record, state: 'Omitted', reason: 'WorkflowFailed', message: `not run: ${failure}` };
}

function outcomeOf(counts: TaskCounts, failing: boolean): Outcome {
  if (counts.pending + counts.running > 0) return 'InProgress';
  return failing || counts.failed + counts.omitted > 0 ? 'Failed' : 'Succeeded';
}

/** In the order of the plan, as far as `parallelism` goes. */
function toStart(
  input: WorkflowInput,
  decisions: readonly TaskDecision[],
  counts: TaskCounts,
): Pick<WorkflowDecision, 'create' | 'held'> {
  const free = (input.parallelism ?? Infinity) - counts.running;
  const planned = (name: string): number => input.placements.get(name)?.startTime ?? 0;
  const due = decisions
    .flatMap((d) => (d.start === undefined ? [] : [{ task: d.record.name, ...d.start }]))
    .sort((a, b) => planned(a.task) - planned(b.task));
  if (due.length === 0 || !hasPodRules([input])) return { create: due.slice(0, Math.max(0, free)), held: [] };
  const domains = new Domains(input.name, input.tasks, input.nodes());
  for (const { record } of decisions)
    if (record.node !== undefined && holdsItsNode(record)) domains.add(record.name, record.node);
  const create: Start[] = [];
  const held: Held[] = [];
  for (const next of due) {
    if (create.length >= free) break;
    const rule = domains.against(next.task, next.node);
    if (rule === undefined) {
      domains.add(next.task, next.node);
      create.push(next);
    } else held.push({ task: next.task, message: heldMessage(next.node, rule) });
  }
  return { create, held };
}

function heldMessage(node: string, rule: PodRule): string {
  const why = refusal(node, { kind: 'PodRule', permanent: false, rule });
  return `it is not started yet: ${why}; it starts when that has passed, or sooner where its template relaxes the rule`;
}

const HELD = 'HeldByPodRule';

/** What a reason that is there already says is needed for the next decision. */
function withHeld(record: TaskRecord, held: string | undefined): TaskRecord {
  if (held === undefined) return record;
  const { reason = HELD, message } = record;
  return { ...record, reason, message: message === undefined ? held : `${message}; ${held}` };
}

/** An attempt of it is there, or may be still. */
function holdsItsNode({ state, reason }: TaskRecord): boolean {
  return state === 'Starting' || state === 'Running' || reason === 'Ending';
}

function withoutTtl(input: WorkflowInput): JobFacts[] {
  if (input.ttlSecondsAfterFinished === undefined) return [];
  return input.jobs.filter(
    (j) => j.state !== 'Active' && !j.deleting && j.ttlSeconds !== input.ttlSecondsAfterFinished,
  );
}

function lookAgainAt(input: WorkflowInput, decisions: readonly TaskDecision[]): number | undefined {
  const times = decisions.flatMap((d) => d.lookAgainAt ?? []);
  if (input.startTime !== undefined && input.activeDeadlineSeconds !== undefined) {
    times.push(input.startTime + input.activeDeadlineSeconds * 1000);
  }
  const coming = times.filter((t) => t > input.now);
  return coming.length === 0 ? undefined : Math.min(...coming);
}

function groupByTask<T extends { readonly task: string }>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.task);
    if (group === undefined) groups.set(item.task, [item]);
    else group.push(item);
  }
  return groups;
}

/** Without fields that say nothing: an object of 2,000 tasks is near the limit of what etcd takes. */
function clean(record: TaskRecord): TaskRecord {
  return Object.fromEntries(
    Object.entries(record).filter(
      ([key, value]) => value !== undefined && !(key === 'failures' && value === 0),
    ),
  ) as unknown as TaskRecord;
}

function earliest(times: readonly (string | undefined)[]): number | undefined {
  const known = times.flatMap((t) => (t === undefined ? [] : [Date.parse(t)]));
  return known.length === 0 ? undefined : Math.min(...known);
}

function latest(times: readonly (string | undefined)[]): number | undefined {
  const known = times.flatMap((t) => (t === undefined ? [] : [Date.parse(t)]));
  return known.length === 0 ? undefined : Math.max(...known);
}
