/**
 * What to do next about one task: the record to publish, Jobs to delete, and whether it wants to start.
 * Whether it may start is the workflow's to say (`workflow.ts`): parallelism, suspension, failure.
 */
import { parseTime, rfc3339 } from '../../api/times.ts';
import type { JobFacts, Placement, RetryPolicy, TaskRecord } from './facts.ts';
import { observeRun, type Run, type RunInput } from './run.ts';

export interface TaskInput extends RunInput {
  readonly now: number;
  readonly name: string;
  readonly retry: RetryPolicy;
  readonly placement: Placement | undefined;
  /** All dependencies have succeeded. */
  readonly dependenciesDone: boolean;
}

export interface TaskDecision {
  readonly record: TaskRecord;
  readonly delete: readonly { readonly job: JobFacts; readonly reason: string }[];
  /** The next attempt, where everything of the task's own allows it to start now. */
  readonly start?: { readonly attempt: number; readonly node: string };
  /** When to look again, if nothing else happens before. */
  readonly lookAgainAt?: number;
}

export function decideTask(input: TaskInput): TaskDecision {
  const recorded = input.recorded;
  if (recorded !== undefined && isFinal(recorded)) {
    return {
      record: recorded,
      delete: stillActive(input.jobs, `the task has ${recorded.state.toLowerCase()}`),
    };
  }
  const run = observeRun(input);
  switch (run.kind) {
    case 'NeverStarted':
      return next(input, 1, { name: input.name, state: 'Pending', failures: failuresOf(input) });
    case 'Active':
      return active(input, run);
    case 'Succeeded':
      return {
        record: {
          name: input.name,
          state: 'Succeeded',
          node: run.node,
          attempt: run.attempt,
          failures: failuresOf(input),
          startTime: iso(run.startTime ?? parseTime(recorded?.startTime)),
          completionTime: iso(run.endTime ?? input.now),
        },
        delete: stillActive(input.jobs, 'another attempt of the task has succeeded'),
      };
    case 'Failed':
      return failed(input, run);
    case 'Ending': {
      const on = run.pod?.node ?? run.job?.node ?? recorded?.node;
      const message = `attempt ${run.attempt} on ${on ?? 'its node'} is being ended; the next one waits until it is known to be over`;
      return {
        record: { ...running(input, run.attempt, on), state: 'Pending', reason: 'Ending', message },
        delete: [],
      };
    }
    case 'Lost':
      return next(input, run.attempt + 1, {
        name: input.name,
        state: 'Pending',
        attempt: run.attempt,
        failures: failuresOf(input),
        reason: 'Disrupted',
        message: `attempt ${run.attempt} did not end by itself: ${run.message}`,
      });
  }
}

export function isFinal(record: TaskRecord): boolean {
  return record.state === 'Succeeded' || record.state === 'Failed' || record.state === 'Omitted';
}

function active(input: TaskInput, run: Extract<Run, { kind: 'Active' }>): TaskDecision {
  const { job, pod } = run;
  const record: TaskRecord = {
    ...running(input, run.attempt, job.node),
    // A pod that has ended has run: its task stays Running until the Job controller gives its verdict.
    state: pod === undefined || pod.phase === 'Pending' ? 'Starting' : 'Running',
    startTime: iso(pod?.startTime),
    ...(pod?.message === undefined || pod.phase === 'Running'
      ? {}
      : { reason: 'Waiting', message: pod.message }),
  };
  const target = input.placement;
  if (target !== undefined && target.node !== job.node) {
    const reason = `the plan moves the task from ${job.node} to ${target.node}`;
    return { record: { ...record, reason: 'Moving', message: reason }, delete: [{ job, reason }] };
  }
  return {
    record,
    delete: input.jobs
      .filter((j) => j !== job && isRunning(j))
      .map((j) => ({ job: j, reason: 'a newer attempt runs' })),
  };
}

function failed(input: TaskInput, run: Extract<Run, { kind: 'Failed' }>): TaskDecision {
  const counted = isCounted(input.recorded, run.attempt);
  const failures = Math.max(failuresOf(input) + (counted ? 0 : 1), input.jobs.filter(failedByItself).length);
  const base: TaskRecord = {
    ...running(
      input,
      run.attempt,
      input.jobs.find((j) => j.attempt === run.attempt)?.node ?? input.recorded?.node,
    ),
    failures,
    completionTime: iso(run.endTime),
  };
  if (failures > input.retry.limit) {
    const times = failures === 1 ? 'once' : `${failures} times`;
    const message = `failed ${times}, retryStrategy.limit is ${input.retry.limit}: ${run.message}`;
    return {
      record: {
        ...base,
        state: 'Failed',
        completionTime: iso(run.endTime ?? input.now),
        reason: 'Failed',
        message,
      },
      delete: [],
    };
  }
  const retryAt = (run.endTime ?? input.now) + backoffSeconds(input.retry, failures) * 1000;
  const record: TaskRecord = {
    ...base,
    state: 'Pending',
    reason: BACKOFF,
    message: `attempt ${run.attempt} failed: ${run.message}`,
  };
  if (input.now < retryAt) return { record, delete: [], lookAgainAt: retryAt };
  return next(input, run.attempt + 1, record);
}

/** Wait before the attempt that follows the n-th failure. */
export function backoffSeconds(retry: RetryPolicy, failures: number): number {
  const { durationSeconds, factor, maxDurationSeconds } = retry.backoff;
  return Math.min(maxDurationSeconds, durationSeconds * factor ** Math.max(0, failures - 1));
}

const BACKOFF = 'Backoff';

/** A failure is counted in the write that publishes it, so that a crash before or after that write counts it once. */
function isCounted(recorded: TaskRecord | undefined, attempt: number): boolean {
  return recorded?.attempt === attempt && recorded.reason === BACKOFF;
}

/** A task that has no run under way: starts when its plan, its dependencies and its node allow it. */
function next(input: TaskInput, attempt: number, record: TaskRecord): TaskDecision {
  const { placement } = input;
  const none = { record, delete: [] };
  if (!input.dependenciesDone || placement?.binding !== 'Bound') return none;
  if (input.nodeState(placement.node) !== 'Usable') return none;
  if (placement.startTime !== undefined && placement.startTime > input.now) {
    return { ...none, lookAgainAt: placement.startTime };
  }
  return { ...none, start: { attempt, node: placement.node } };
}

function running(input: TaskInput, attempt: number, node: string | undefined): TaskRecord {
  return { name: input.name, state: 'Running', node, attempt, failures: failuresOf(input) };
}

function stillActive(jobs: readonly JobFacts[], reason: string): { job: JobFacts; reason: string }[] {
  return jobs.filter(isRunning).map((job) => ({ job, reason }));
}

function isRunning(job: JobFacts): boolean {
  return job.state === 'Active' && !job.deleting;
}

function failedByItself(job: JobFacts): boolean {
  return job.state === 'Failed' && !job.disrupted;
}

function failuresOf(input: TaskInput): number {
  return input.recorded?.failures ?? 0;
}

function iso(time: number | undefined): string | undefined {
  return time === undefined ? undefined : rfc3339(time);
}
