/** Jobs and Pods of a workflow, as the dispatcher's core sees them. */
import { LABEL_ATTEMPT, LABEL_TASK } from '../../api/constants.ts';
import type { JobFacts, PodFacts } from '../../core/dispatch/facts.ts';
import { pinnedNode } from '../../core/dispatch/job.ts';
import { conditionOf, type Job, type Pod } from './kubernetes.ts';

export function jobFacts(job: Job): JobFacts {
  const complete = conditionOf(job, 'Complete')?.status === 'True';
  const failed = conditionOf(job, 'Failed');
  const ended = job.status?.completionTime ?? failed?.lastTransitionTime;
  return {
    name: job.metadata?.name ?? '',
    uid: job.metadata?.uid ?? '',
    task: job.metadata?.labels?.[LABEL_TASK] ?? '',
    attempt: Number(job.metadata?.labels?.[LABEL_ATTEMPT] ?? '1'),
    node: pinnedNode(job.spec?.template?.spec?.affinity) ?? '',
    state: complete ? 'Succeeded' : failed?.status === 'True' ? 'Failed' : 'Active',
    // The Job's podFailurePolicy fails it with this reason when its pod was disrupted.
    disrupted: failed?.reason === 'PodFailurePolicy',
    deleting: job.metadata?.deletionTimestamp !== undefined,
    ...(ended === undefined ? {} : { completionTime: Date.parse(ended) }),
    ...(failed?.message === undefined ? {} : { message: failed.message }),
    ...(job.spec?.ttlSecondsAfterFinished === undefined
      ? {}
      : { ttlSeconds: job.spec.ttlSecondsAfterFinished }),
  };
}

export function podFacts(pod: Pod): PodFacts {
  const states = (pod.status?.containerStatuses ?? []).map((c) => c.state ?? {});
  const starts = times(states.map((s) => s.running?.startedAt ?? s.terminated?.startedAt));
  const ends = times(states.map((s) => s.terminated?.finishedAt));
  const message = messageOf(pod);
  return {
    task: pod.metadata?.labels?.[LABEL_TASK] ?? '',
    attempt: Number(pod.metadata?.labels?.[LABEL_ATTEMPT] ?? '1'),
    phase: pod.status?.phase ?? 'Pending',
    ...(pod.spec?.nodeName === undefined ? {} : { node: pod.spec.nodeName }),
    ...(starts.length === 0 ? {} : { startTime: Math.min(...starts) }),
    ...(ends.length === 0 || ends.length < states.length ? {} : { endTime: Math.max(...ends) }),
    ...(message === undefined ? {} : { message }),
  };
}

/** The first container that says why it waits or how it failed; else kube-scheduler's or the kubelet's word on the pod. */
function messageOf(pod: Pod): string | undefined {
  for (const { name, state } of pod.status?.containerStatuses ?? []) {
    const { waiting, terminated } = state ?? {};
    if (waiting?.reason !== undefined && waiting.reason !== 'ContainerCreating') {
      return `container ${name}: ${waiting.reason}${waiting.message === undefined ? '' : `: ${waiting.message}`}`;
    }
    if (terminated !== undefined && terminated.exitCode !== 0) {
      const why = terminated.message ?? terminated.reason;
      return `container ${name}: exit code ${terminated.exitCode}${why === undefined ? '' : `: ${why}`}`;
    }
  }
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False') return scheduled.message;
  return pod.status?.message ?? pod.status?.reason;
}

/** Since when a pod has waited for kube-scheduler; undefined when it is bound, or ended. */
export function unboundSince(pod: Pod): number | undefined {
  if (pod.spec?.nodeName !== undefined || pod.metadata?.creationTimestamp === undefined) return undefined;
  return Date.parse(pod.metadata.creationTimestamp);
}

function times(values: readonly (string | undefined)[]): number[] {
  return values.flatMap((v) => (v === undefined ? [] : [Date.parse(v)]));
}
