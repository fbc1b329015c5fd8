/**
 * The parts of Kubernetes' own objects that are read here, as JSON carries them. They are fewer and looser
 * than client-node's classes on purpose: a field that is not named here is not relied on.
 */
import type { Affinity, Taint, Toleration } from '../../core/placement/types.ts';
import type { KubernetesObject } from '../../runtime/index.ts';

export type ResourceList = Readonly<Record<string, string>>;

interface ObjectCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface Node extends KubernetesObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly Taint[] };
  readonly status?: {
    readonly allocatable?: ResourceList;
    readonly conditions?: readonly ObjectCondition[];
  };
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason?: string;
    readonly message?: string;
    readonly startedAt?: string;
    readonly finishedAt?: string;
  };
}

export interface Pod extends KubernetesObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly affinity?: Affinity;
    readonly tolerations?: readonly Toleration[];
    readonly overhead?: ResourceList;
    readonly containers?: readonly { readonly resources?: { readonly requests?: ResourceList } }[];
    readonly initContainers?: readonly { readonly resources?: { readonly requests?: ResourceList } }[];
  };
  readonly status?: {
    readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
    readonly startTime?: string;
    readonly message?: string;
    readonly reason?: string;
    readonly conditions?: readonly ObjectCondition[];
    readonly containerStatuses?: readonly { readonly name: string; readonly state?: ContainerState }[];
  };
}

export interface Job extends KubernetesObject {
  readonly spec?: {
    readonly ttlSecondsAfterFinished?: number;
    readonly template?: { readonly spec?: { readonly affinity?: Affinity } };
  };
  readonly status?: {
    readonly completionTime?: string;
    readonly conditions?: readonly ObjectCondition[];
  };
}

export interface PriorityClass extends KubernetesObject {
  readonly value?: number;
  readonly globalDefault?: boolean;
}

export function conditionOf(
  object: { readonly status?: { readonly conditions?: readonly ObjectCondition[] } },
  type: string,
): ObjectCondition | undefined {
  return object.status?.conditions?.find((c) => c.type === type);
}

/** Its containers have ended for good. */
export function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
