/**
 * What became of a task so far, read from its Jobs and Pods.
 *
 * The rule that keeps a task from running twice is here: an attempt counts as over only when it has ended
 * by itself, or when its Job is gone and none of its pods can be running any more. A pod on a node that
 * the control plane cannot reach may be running (KEP-3329, Kueue KEP-6757), so it counts as alive until it
 * is gone from the API or the workflow has said that two runs at once do no harm.
 */
import type { JobFacts, NodeState, PodFacts, TaskRecord, UnreachablePolicy } from './facts.ts';

export type Run =
  | { readonly kind: 'NeverStarted' }
  /** Under way: `pod` is undefined until the Job controller has made it. */
  | {
      readonly kind: 'Active';
      readonly attempt: number;
      readonly job: JobFacts;
      readonly pod: PodFacts | undefined;
    }
  | {
      readonly kind: 'Succeeded';
      readonly attempt: number;
      readonly node: string | undefined;
      readonly startTime?: number;
      readonly endTime?: number | undefined;
    }
  /** Ended by what ran in it: counts against the retry limit. */
  | {
      readonly kind: 'Failed';
      readonly attempt: number;
      readonly endTime: number | undefined;
      readonly message: string;
    }
  /** Its Job is gone or going, and a pod of it may still run. */
  | {
      readonly kind: 'Ending';
      readonly attempt: number;
      readonly job: JobFacts | undefined;
      readonly pod: PodFacts | undefined;
    }
  /** Ended by something else than itself: evicted, its node deleted, its Job replaced or deleted by hand. */
  | { readonly kind: 'Lost'; readonly attempt: number; readonly message: string };

export interface RunInput {
  readonly recorded: TaskRecord | undefined;
  readonly jobs: readonly JobFacts[];
  readonly pods: readonly PodFacts[];
  readonly nodeState: (node: string) => NodeState;
  readonly unreachableNode: UnreachablePolicy;
}

export function observeRun(input: RunInput): Run {
  const { recorded, jobs, pods } = input;
  const succeeded = findSuccess(jobs, pods);
  if (succeeded !== undefined) return succeeded;

  const latest = newest(jobs);
  const attempt = Math.max(recorded?.attempt ?? 0, latest?.attempt ?? 0, newest(pods)?.attempt ?? 0);
  if (attempt === 0) return { kind: 'NeverStarted' };

  const job = latest?.attempt === attempt ? latest : undefined;
  const pod =
    pods.find((p) => p.attempt === attempt && isAlive(p, input)) ?? pods.find((p) => p.attempt === attempt);
  if (job?.state === 'Active' && !job.deleting) return { kind: 'Active', attempt, job, pod };

  const alive = pods.find((p) => isAlive(p, input));
  if (alive !== undefined) return { kind: 'Ending', attempt, job, pod: alive };
  if (job === undefined) return { kind: 'Lost', attempt, message: 'its Job was deleted' };
  if (job.state === 'Failed' && !job.disrupted) {
    return {
      kind: 'Failed',
      attempt,
      endTime: job.completionTime,
      message: pod?.message ?? job.message ?? 'its pod failed',
    };
  }
  if (job.state === 'Failed')
    return { kind: 'Lost', attempt, message: job.message ?? 'its pod was disrupted' };
  return { kind: 'Ending', attempt, job, pod: undefined };
}

/**
 * Any attempt that succeeded decides, an older one as well: the work is done. A Job that is there has the word;
 * a pod that succeeded speaks for a Job that was deleted.
 */
function findSuccess(jobs: readonly JobFacts[], pods: readonly PodFacts[]): Run | undefined {
  const job = jobs.find((j) => j.state === 'Succeeded');
  const orphan = pods.find((p) => p.phase === 'Succeeded' && !jobs.some((j) => j.attempt === p.attempt));
  const attempt = job?.attempt ?? orphan?.attempt;
  if (attempt === undefined) return undefined;
  const pod = pods.find((p) => p.phase === 'Succeeded' && p.attempt === attempt);
  return {
    kind: 'Succeeded',
    attempt,
    node: pod?.node ?? job?.node,
    ...(pod?.startTime === undefined ? {} : { startTime: pod.startTime }),
    endTime: pod?.endTime ?? job?.completionTime,
  };
}

/** May the pod's containers be running? A pod that was never bound to a node has none. */
function isAlive(pod: PodFacts, input: RunInput): boolean {
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') return false;
  if (pod.node === undefined) return true; // it may be bound the next moment
  if (input.unreachableNode === 'WaitUntilFenced') return true;
  const node = input.nodeState(pod.node);
  return node !== 'Unreachable' && node !== 'Gone';
}

function newest<T extends { readonly attempt: number }>(items: readonly T[]): T | undefined {
  return items.reduce<T | undefined>(
    (best, x) => (best === undefined || x.attempt > best.attempt ? x : best),
    undefined,
  );
}
