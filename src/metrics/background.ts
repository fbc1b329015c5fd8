/**
 * Background load: what a node carries less what Foreshard's own pods use of it (design, section 1).
 *
 * What a pod uses is what was measured of it. Where nothing was, its requests stand in while it runs: a task's
 * requests are what it was planned with, so that a forecast that leaves them out is at least consistent with the
 * plan. Network has no requests in Kubernetes: there an unmeasured pod counts as background.
 */
import { byResource } from '../core/resources.ts';
import type { Load, Resource, ResourceVector } from '../core/resources.ts';
import type { PodReference } from './types.ts';

export interface OwnPod extends PodReference {
  readonly requests: ResourceVector;
  /** Its containers run: not waiting for its image, not ended. */
  readonly isRunning: boolean;
  /** What is measured as its network is the whole node's. */
  readonly usesHostNetwork: boolean;
}

/**
 * @param whole everything on the node
 * @param own Foreshard's pods on it; one that has ended counts for as long as its usage is still in the measured time
 * @param usageOf what was measured of a pod
 */
export function backgroundLoad(
  whole: Load,
  own: readonly OwnPod[],
  usageOf: (pod: OwnPod) => Load | undefined,
): Load {
  return byResource((resource) => {
    const load = whole[resource];
    if (load === null) return null;
    const used = own.reduce((sum, pod) => sum + usedBy(pod, resource, usageOf(pod)), 0);
    // Means of the node and of the pod are not taken at the very same moments.
    return Math.max(0, load - used);
  });
}

function usedBy(pod: OwnPod, resource: Resource, usage: Load | undefined): number {
  const measured = resource === 'network' && pod.usesHostNetwork ? null : (usage?.[resource] ?? null);
  if (measured !== null) return measured;
  return pod.isRunning ? pod.requests[resource] : 0;
}
