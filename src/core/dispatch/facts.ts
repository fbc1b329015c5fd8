/**
 * What the dispatcher sees of one workflow's runs: plain values gathered from Jobs, Pods, Nodes and the
 * Workflow's own status. Times are milliseconds since the epoch.
 */
import type { TaskStatus } from '../../api/types.generated.ts';

/** One entry of `Workflow.status.tasks`. Times are RFC 3339, as in the API. */
export type TaskRecord = TaskStatus;

/** A task's Job. There is one for each attempt, and it makes one pod. */
export interface JobFacts {
  readonly name: string;
  readonly uid: string;
  readonly task: string;
  readonly attempt: number;
  /** To which its pod is pinned. */
  readonly node: string;
  readonly state: 'Active' | 'Succeeded' | 'Failed';
  /** Failed because the pod was disrupted (evicted, its node deleted, preempted), not by what ran in it. */
  readonly disrupted: boolean;
  readonly deleting: boolean;
  readonly completionTime?: number;
  /** Of its Failed condition. */
  readonly message?: string;
  readonly ttlSeconds?: number;
}

export interface PodFacts {
  readonly task: string;
  readonly attempt: number;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** To which it is bound; undefined until kube-scheduler has bound it. */
  readonly node?: string;
  /** When its first container started. */
  readonly startTime?: number;
  /** When its last container ended. */
  readonly endTime?: number;
  /** Why a container waits or ended, where the kubelet says so: "ImagePullBackOff: …", "exit code 3". */
  readonly message?: string;
}

/**
 * Unusable: not ready, cordoned, or gone for now, so that nothing should be started there.
 * Unreachable: the control plane has lost sight of it, so that what runs there may be running still.
 */
export type NodeState = 'Usable' | 'Unusable' | 'Unreachable' | 'Gone';

/** The part of the plan in force that says where a task runs. */
export interface Placement {
  readonly node: string;
  readonly binding: 'Bound' | 'Provisional';
  /** Not before. */
  readonly startTime?: number;
}

export interface RetryPolicy {
  /** Attempts after the first that may follow a failure. */
  readonly limit: number;
  readonly backoff: {
    readonly durationSeconds: number;
    readonly factor: number;
    readonly maxDurationSeconds: number;
  };
}

export type UnreachablePolicy = 'WaitUntilFenced' | 'StartElsewhere';
