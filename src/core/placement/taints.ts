/** Taints and tolerations, as kube-scheduler's TaintToleration filter has them (`k8s.io/api/core/v1/toleration.go`). */
import type { Taint, Toleration } from './types.ts';

/** Kubernetes puts it on a node that is cordoned. */
export const TAINT_UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** Taints of these are put on and taken off by Kubernetes itself as a node's health changes. */
const OWN_TAINTS = ['node.kubernetes.io/', 'node.cloudprovider.kubernetes.io/'];

/**
 * An empty key matches every key (and is written with `Exists`), an empty effect every effect, and an empty
 * operator is `Equal`. For how long a NoExecute taint is tolerated does not matter to where a pod may go.
 */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator ?? 'Equal') {
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '');
    case 'Exists':
      return true;
    default:
      return false;
  }
}

/** The first taint that keeps a pod with these tolerations off the node; PreferNoSchedule keeps no one off. */
export function untolerated(taints: readonly Taint[], tolerations: readonly Toleration[]): Taint | undefined {
  return taints.find(
    (taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((t) => tolerates(t, taint)),
  );
}

/** Does it tell of a state of the node that will pass? Other taints are there until someone takes them off. */
export function isPassing(taint: Taint): boolean {
  return OWN_TAINTS.some((prefix) => taint.key.startsWith(prefix));
}

/** `dedicated=gpu:NoSchedule`, as kubectl writes it. */
export function formatTaint({ key, value, effect }: Taint): string {
  return `${key}${value === undefined || value === '' ? '' : `=${value}`}:${effect}`;
}
