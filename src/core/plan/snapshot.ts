/**
 * The world as the planner sees it: an immutable value, gathered by a controller or read from files.
 *
 * Times are milliseconds since the epoch, durations are seconds, amounts are in base units
 * (`core/resources`).
 */
import type { Affinity, PodRule, Taint, Toleration } from '../placement/types.ts';
import type { Resource, ResourceVector } from '../resources.ts';

/** Quantiles of what a node will have free of one resource: `values[step * levels.length + level]`, ascending over levels. */
export interface Availability {
  readonly startTime: number;
  readonly stepSeconds: number;
  readonly steps: number;
  readonly levels: readonly number[];
  readonly values: Float64Array;
}

/** Amounts of a resource that is only counted, and never forecast. */
export interface ExtendedResource {
  readonly allocatable: number;
  /** By bound pods that Foreshard did not place. */
  readonly requested: number;
}

export interface NodeSnapshot {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Ready and not cordoned. A node that is not is never given a task that does not already run there. */
  readonly schedulable: boolean;
  /** Why not, for messages: "is cordoned", "is not ready". */
  readonly unschedulableReason?: string;
  /** Allocatable. */
  readonly capacity: ResourceVector;
  /** Requests of bound pods that Foreshard did not place: kube-scheduler counts these, however idle they are. */
  readonly requested: ResourceVector;
  /** Whatever else it has: extended resources and ephemeral storage, by name. */
  readonly extended?: Readonly<Record<string, ExtendedResource>>;
  /** Pods that still fit, Foreshard's own running ones not counted. */
  readonly podSlots: number;
  /** Work done per second against a node of speed 1. */
  readonly speed: number;
  /** Bits per second to and from other nodes. */
  readonly bandwidth: number;
  /** What is missing is planned on as the node's capacity less `requested`, and the plan says so. */
  readonly availability: Partial<Readonly<Record<Resource, Availability>>>;
  /** The forecast is too old to be used (NodeForecast condition Fresh=False). */
  readonly forecastStale: boolean;
}

export type TaskState = 'Pending' | 'Starting' | 'Running' | 'Succeeded' | 'Failed' | 'Omitted';

export interface DataSet {
  readonly name: string;
  readonly bytes: number;
}

export interface TaskSnapshot {
  readonly name: string;
  readonly demand: ResourceVector;
  /** What its containers request beside that, by name: more than 0 of each. */
  readonly extended?: Readonly<Record<string, number>>;
  /** On a node of speed 1: of learned durations the median. */
  readonly durationSeconds: number;
  /** By then nine of ten such tasks are done, where that was learned: one that is over its duration keeps its node until then. */
  readonly reservedSeconds?: number;
  /**
   * By node: how many times as long as that it takes there beside the node's speed, where that was learned; 1 where it
   * is absent. Tasks of one type share the map.
   */
  readonly paces?: ReadonlyMap<string, number>;
  readonly dependencies: readonly string[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly affinity?: Affinity;
  readonly tolerations: readonly Toleration[];
  /** Of its pods: what rules of other tasks look at. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What it demands of the pods beside it: topology spread, and affinity and anti-affinity to pods. */
  readonly podRules?: readonly PodRule[];
  /** Read by the task. A set that no dependency makes comes from outside the cluster and is reached from every node alike. */
  readonly inputs: readonly DataSet[];
  readonly outputs: readonly DataSet[];
  readonly state: TaskState;
  /** Where it runs, ran, or is bound to run. */
  readonly node?: string;
  readonly startTime?: number;
  readonly completionTime?: number;
  /** Of one that runs: the work that is left, on a node of speed 1, where more is known than its start. */
  readonly remainingSeconds?: number;
  /** Decided already: the planner keeps node (and window, where it can be kept) of the task. */
  readonly bound: boolean;
  /** Nodes that the task must not go to: where it just failed, or what a reshard moves it away from. */
  readonly excludedNodes: readonly string[];
}

export interface WorkflowSnapshot {
  readonly namespace: string;
  readonly name: string;
  readonly tasks: readonly TaskSnapshot[];
  /** Higher is planned first; then the older, then by namespace and name. */
  readonly priority: number;
  readonly creationTime: number;
  readonly notBeforeTime?: number;
  /** Tasks at once; undefined is no limit. */
  readonly parallelism?: number;
  /** 0..1: above it a node is taken only where none is below. */
  readonly contentionCeiling: number;
  /** 0..: how much longer the workflow may take to avoid contention (objective.ts). */
  readonly slack: number;
  /** May a running task be stopped, to start anew on a better node? */
  readonly runningTasks: 'Keep' | 'Restart';
}

/** A pod that Foreshard does not plan, bound to a node. */
export interface PodSnapshot {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string;
}

export type Sharing = 'Proportional' | 'BackgroundFirst';

export interface Snapshot {
  readonly now: number;
  readonly nodes: readonly NodeSnapshot[];
  readonly workflows: readonly WorkflowSnapshot[];
  /** At least those that a rule of a task counts. */
  readonly pods?: readonly PodSnapshot[];
  readonly sharing: Sharing;
}

/** Why a node was chosen. */
export type AssignmentReason =
  /** Earliest expected finish among nodes under the ceiling. */
  | 'EarliestFinish'
  /** A node that would finish sooner was passed over for less contention. */
  | 'LeastContention'
  /** The task would end sooner elsewhere, but the workflow would not: it waits for a better node, or leaves one to others. */
  | 'ShortestMakespan'
  /** No node is under the contention ceiling. */
  | 'OverCeiling'
  /** No node of which a fresh forecast is known is under the ceiling: planned on capacity less what pods request. */
  | 'NoForecast'
  /** Only one node can hold the task. */
  | 'OnlyNode'
  /** It was there already: running, done, or bound. */
  | 'Kept';

export interface Alternative {
  readonly node: string;
  readonly endTime: number;
  readonly contention: number;
}

export interface Assignment {
  readonly task: string;
  readonly node: string;
  readonly startTime: number;
  readonly endTime: number;
  /** Contention score over the window, 0..1 (design, section 5). */
  readonly contention: number;
  readonly binding: 'Bound' | 'Provisional';
  readonly reason: AssignmentReason;
  /** The best other nodes, best first; at most three. */
  readonly alternatives: readonly Alternative[];
}

/** A task that no node can be given. */
export interface Unplaceable {
  readonly task: string;
  /** Could it fit once things change (a node returns, load falls), or can no node of this cluster ever hold it? */
  readonly permanent: boolean;
  /** What was lacking, by number of nodes, as kube-scheduler says it: "3 nodes lack memory, 1 node is cordoned". */
  readonly message: string;
}

export interface WorkflowPlan {
  readonly namespace: string;
  readonly name: string;
  /** In the order of the workflow's tasks; those that are unplaceable, and their descendants, are left out. */
  readonly assignments: readonly Assignment[];
  readonly unplaceable: readonly Unplaceable[];
  /** Of the last task; undefined where a task is unplaceable. */
  readonly predictedCompletionTime: number | undefined;
  /** Expected contended share of the run time of the tasks that are not done yet, 0..1. */
  readonly contention: number;
}
