/** What the API server knows of the pods on each node: Foreshard's own, and the GPUs that others have taken. */
import { LABEL_WORKFLOW } from '../../api/constants.ts';
import type { OwnPod } from '../../metrics/index.ts';
import { hasEnded, type Pod } from '../gather/kubernetes.ts';
import type { NodeSettings } from '../gather/nodes.ts';
import { podFacts } from '../gather/runs.ts';
import { requestsOf } from '../gather/snapshot.ts';

export interface PodsOfNode {
  /** Those that run, and those that ended so lately that their usage is in what is measured now. */
  readonly own: readonly OwnPod[];
  /** Devices that pods which are not Foreshard's have taken, however idle. */
  readonly gpusOfOthers: number;
}

/** Longer than the time over which any default query takes a mean. */
const LATELY_MS = 300_000;

export function podsOfNodes(
  pods: readonly Pod[],
  settings: NodeSettings,
  now: number,
): ReadonlyMap<string, PodsOfNode> {
  const nodes = new Map<string, { own: OwnPod[]; gpusOfOthers: number }>();
  for (const pod of pods) {
    const node = pod.spec?.nodeName;
    if (node === undefined) continue;
    const known = nodes.get(node) ?? { own: [], gpusOfOthers: 0 };
    nodes.set(node, known);
    if (isOwn(pod)) {
      if (countsStill(pod, now)) known.own.push(ownPod(pod, node, settings));
    } else if (!hasEnded(pod)) {
      known.gpusOfOthers += requestsOf(pod, settings).gpu;
    }
  }
  return nodes;
}

export const isOwn = (pod: Pod): boolean => pod.metadata?.labels?.[LABEL_WORKFLOW] !== undefined;

function countsStill(pod: Pod, now: number): boolean {
  if (!hasEnded(pod)) return true;
  const { endTime } = podFacts(pod);
  return endTime !== undefined && endTime >= now - LATELY_MS;
}

function ownPod(pod: Pod, node: string, settings: NodeSettings): OwnPod {
  return {
    namespace: pod.metadata?.namespace ?? '',
    name: pod.metadata?.name ?? '',
    node,
    requests: requestsOf(pod, settings),
    isRunning: pod.status?.phase === 'Running',
    usesHostNetwork: pod.spec?.hostNetwork === true,
  };
}
