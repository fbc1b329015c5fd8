/**
 * Finished pods of Foreshard's as task runs, for the history: each once, with the most that was seen of its usage.
 *
 * A pod stays for a while after its end (its Job's time to live), so that a run that ended while no operator was
 * running is written by the next one, without usage.
 */
import { LABEL_TASK_TYPE } from '../../api/constants.ts';
import { byResource, type Load } from '../../core/resources.ts';
import type { TaskRun, TaskRunColumns } from '../../history/index.ts';
import type { PodUsage } from '../../metrics/index.ts';
import { workflowKeys } from '../caches.ts';
import { hasEnded, type Node, type Pod } from '../gather/kubernetes.ts';
import { nodeTypeOf, speedOf, type NodeSettings } from '../gather/nodes.ts';
import { podFacts } from '../gather/runs.ts';
import { requestsOf } from '../gather/snapshot.ts';
import { podKey } from './background.ts';
import { isOwn } from './pods-of-nodes.ts';

const NOT_MEASURED: Load = byResource(() => null);

export class TaskRunCollector {
  readonly #settings: NodeSettings;
  readonly #peaks = new Map<string, Load>();
  /** Keys of the runs that are in the history, as long as their pods are there. */
  #written = new Set<string>();

  constructor(settings: NodeSettings) {
    this.#settings = settings;
  }

  /** Runs that an earlier process wrote. */
  know(runs: TaskRunColumns): void {
    for (let i = 0; i < runs.length; i++) {
      this.#written.add(keyOf(runs.workflow[i] ?? '', runs.task[i] ?? '', runs.start[i] ?? 0));
    }
  }

  /** Keeps the peak of each pod. */
  observe(usage: readonly PodUsage[]): void {
    for (const pod of usage) {
      const before = this.#peaks.get(podKey(pod)) ?? NOT_MEASURED;
      this.#peaks.set(podKey(pod), peak(before, pod.usage));
    }
  }

  /** Runs that have ended and were not collected before. */
  collect(pods: readonly Pod[], nodes: { get(name: string): Node | undefined }): TaskRun[] {
    const own = pods.filter(isOwn);
    const runs = new Map(
      own.flatMap((pod) => {
        const run = this.#runOf(pod, nodes);
        return run === undefined ? [] : [[keyOf(run.workflow, run.task, run.start), run] as const];
      }),
    );
    const fresh = [...runs].filter(([key]) => !this.#written.has(key)).map(([, run]) => run);
    this.#written = new Set(runs.keys());
    const there = new Set(own.map(nameOf));
    for (const key of this.#peaks.keys()) if (!there.has(key)) this.#peaks.delete(key);
    return fresh;
  }

  #runOf(pod: Pod, nodes: { get(name: string): Node | undefined }): TaskRun | undefined {
    const { task, attempt, node, startTime, endTime } = podFacts(pod);
    const [workflow] = workflowKeys(pod);
    // A pod that was evicted before its containers started tells nothing of its task.
    if (!hasEnded(pod) || workflow === undefined || node === undefined) return undefined;
    if (startTime === undefined || endTime === undefined) return undefined;
    const ranOn = nodes.get(node);
    const nodeType = ranOn === undefined ? undefined : nodeTypeOf(ranOn);
    return {
      workflow,
      task: attempt === 1 ? task : `${task}/${attempt}`,
      type: pod.metadata?.labels?.[LABEL_TASK_TYPE] ?? '',
      node,
      ...(nodeType === undefined ? {} : { nodeType }),
      ...(ranOn === undefined ? {} : { speed: speedOf(ranOn) }),
      start: startTime,
      end: endTime,
      requested: requestsOf(pod, this.#settings),
      used: this.#peaks.get(nameOf(pod)) ?? NOT_MEASURED,
      outcome: pod.status?.phase === 'Succeeded' && !wasEnded(pod, endTime) ? 'Succeeded' : 'Failed',
    };
  }
}

/** It was deleted while it ran: a program that heeds SIGTERM may exit with 0, and has not done its work. */
function wasEnded({ metadata }: Pod, endTime: number): boolean {
  if (metadata?.deletionTimestamp === undefined) return false;
  const grace = (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  return Date.parse(metadata.deletionTimestamp) - grace < endTime;
}

const nameOf = ({ metadata }: Pod): string =>
  podKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' });

const keyOf = (workflow: string, task: string, start: number): string => `${workflow}\n${task}\n${start}`;

function peak(a: Load, b: Load): Load {
  const larger = (x: number | null, y: number | null): number | null =>
    x === null ? y : y === null ? x : Math.max(x, y);
  return byResource((resource) => larger(a[resource], b[resource]));
}
