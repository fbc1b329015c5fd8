/**
 * What the causes of a reshard look at: one workflow's plan in force, the nodes it uses, and what its user
 * wants done. Times are milliseconds since the epoch.
 */
import type { InForce } from '../plan/in-force.ts';
import type { TaskState } from '../plan/snapshot.ts';
import type { Taint, Toleration } from '../placement/types.ts';

export interface NodeFacts {
  readonly name: string;
  /** Of its condition Ready. Unknown: the control plane has lost sight of it. */
  readonly ready: 'True' | 'False' | 'Unknown';
  /** Since when. */
  readonly readySince: number;
  readonly cordoned: boolean;
  readonly taints: readonly Taint[];
  /** Its load has left the forecast: what the NodeForecast's condition Drifted says. */
  readonly drift: string | undefined;
}

export interface TaskFacts {
  readonly name: string;
  readonly state: TaskState;
  readonly assignment: InForce;
  readonly tolerations: readonly Toleration[];
  /** Starting: since when its pod has waited to be bound to its node; undefined when it is bound. */
  readonly unboundSince: number | undefined;
  /** What the window would cost by the newest forecast, 0..1; undefined when it was not scored. */
  readonly contentionNow: number | undefined;
  /** What it was to cost when its node was chosen, 0..1. */
  readonly contentionChosen: number;
  /** Its node is provisional, and the rolling plan may give it any other. */
  readonly isOpen: boolean;
  /** It is not bound yet, and its dependencies have succeeded. */
  readonly isReleased: boolean;
  /** It is not bound yet, and is about to be: its dependencies have succeeded, and its start has come. */
  readonly isDue: boolean;
  /** Of one that runs, where it may be moved: another node on which it would be done sooner, though it starts anew there. */
  readonly soonerOn: string | undefined;
  /** Reshards that moved it so far. */
  readonly moves: number;
}

export interface ReshardPolicy {
  readonly onNodeFailure: 'Reroute' | 'Retry' | 'Pause' | 'Escalate';
  readonly onDrift: 'Reroute' | 'Ignore' | 'Pause' | 'Escalate';
  readonly whenNoNodeFits: 'Retry' | 'Pause' | 'Escalate';
  readonly runningTasks: 'Keep' | 'Restart';
  readonly unreachableNode: 'WaitUntilFenced' | 'StartElsewhere';
  readonly cooldownSeconds: number;
  readonly maxReshardsPerTask: number;
  /** 0..1. */
  readonly contentionCeiling: number;
}

export interface ReshardWorld {
  readonly now: number;
  /** By name; one that is missing was deleted. */
  readonly nodes: ReadonlyMap<string, NodeFacts>;
  /** Those that are not finished. */
  readonly tasks: readonly TaskFacts[];
  readonly policy: ReshardPolicy;
  readonly lastDriftReshard: number | undefined;
}

export type CauseName =
  | 'NodeNotReady'
  | 'NodeDeleted'
  | 'NodeCordoned'
  | 'NodeTainted'
  | 'PodUnschedulable'
  | 'LoadDrift'
  | 'ForecastChanged'
  | 'Straggler'
  | 'LateBinding';

/** One cause on one node. */
export interface Finding {
  readonly cause: CauseName;
  readonly node: string;
  /** A sentence: what was seen. */
  readonly message: string;
  /** Must leave the node. */
  readonly tasks: readonly string[];
  readonly response: 'Reroute' | 'Retry' | 'Ignore' | 'Pause' | 'Escalate';
  /** The node cannot be used by these tasks, so any other is better. Otherwise a move must pay. */
  readonly hard: boolean;
}

/** What a detector returns: what it found, and when it wants to look again at what it is not yet sure of. */
export interface Detection {
  readonly findings: readonly Finding[];
  readonly lookAgainAt?: number;
}

export type Detect = (world: ReshardWorld) => Detection;

/** Tasks by the node of their assignment in force, in the order of the nodes' names. */
export function tasksByNode(world: ReshardWorld): [string, TaskFacts[]][] {
  const byNode = new Map<string, TaskFacts[]>();
  for (const task of world.tasks) {
    const list = byNode.get(task.assignment.node);
    if (list === undefined) byNode.set(task.assignment.node, [task]);
    else list.push(task);
  }
  return [...byNode].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Of causes that load alone brings about: after a reshard by one of them none counts until the cooldown is over. */
export function afterCooldown(
  { policy, lastDriftReshard, now }: ReshardWorld,
  findings: readonly Finding[],
): Detection {
  const ready = lastDriftReshard === undefined ? now : lastDriftReshard + policy.cooldownSeconds * 1000;
  return findings.length > 0 && now < ready ? { findings: [], lookAgainAt: ready } : { findings };
}

/** No pod of the task is bound to a node: it can be sent elsewhere at no cost. */
export function isUnstarted(task: TaskFacts): boolean {
  return task.state === 'Pending' || (task.state === 'Starting' && task.unboundSince !== undefined);
}

export function names(tasks: readonly TaskFacts[]): string[] {
  return tasks.map((t) => t.name);
}
