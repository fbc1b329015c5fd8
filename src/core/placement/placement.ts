/**
 * Whether a node can hold a task, looked at by itself: with nothing else of Foreshard's on it, at any time.
 * Load that is planned or forecast is the planner's subject (`core/plan`).
 */
import type { NodeSnapshot, TaskSnapshot } from '../plan/snapshot.ts';
import { RESOURCES, type Resource } from '../resources.ts';
import { matchesAffinity, missingLabel } from './selectors.ts';
import { isPassing, TAINT_UNSCHEDULABLE, untolerated } from './taints.ts';
import type { PodRule, Taint } from './types.ts';

/** The part of a node that decides. */
export type PlacementNode = Pick<
  NodeSnapshot,
  | 'name'
  | 'labels'
  | 'taints'
  | 'schedulable'
  | 'unschedulableReason'
  | 'capacity'
  | 'requested'
  | 'podSlots'
  | 'extended'
>;

/** The part of a task that decides. */
export type PlacementTask = Pick<
  TaskSnapshot,
  'demand' | 'extended' | 'nodeSelector' | 'affinity' | 'tolerations' | 'excludedNodes'
>;

/** Why a node cannot hold a task. `permanent`: until someone changes the node or the task. */
export type Obstacle =
  | { readonly kind: 'NodeSelector'; readonly permanent: true; readonly key: string; readonly value: string }
  | { readonly kind: 'NodeAffinity'; readonly permanent: true }
  | {
      readonly kind: 'Capacity';
      readonly permanent: true;
      readonly resource: Resource;
      readonly demand: number;
    }
  /** Of an extended resource, or one that is only counted; `has` is what the node has of it. */
  | {
      readonly kind: 'Extended';
      readonly permanent: true;
      readonly name: string;
      readonly demand: number;
      readonly has: number;
    }
  | { readonly kind: 'Taint'; readonly permanent: boolean; readonly taint: Taint }
  /** `state` reads on after the node's name: "is cordoned". */
  | { readonly kind: 'Unschedulable'; readonly permanent: false; readonly state: string }
  | { readonly kind: 'Excluded'; readonly permanent: false }
  /** Bound pods' requests leave too little, whatever they use. */
  | {
      readonly kind: 'Requested';
      readonly permanent: false;
      readonly resource: Resource;
      readonly demand: number;
    }
  | {
      readonly kind: 'ExtendedRequested';
      readonly permanent: false;
      readonly name: string;
      readonly demand: number;
    }
  | { readonly kind: 'PodSlots'; readonly permanent: false }
  /** A rule among pods asks for a label that the node does not have. */
  | { readonly kind: 'TopologyKey'; readonly permanent: true; readonly key: string }
  /** Pods of others that are there now are against a rule of the task, or too few are. */
  | { readonly kind: 'PodRule'; readonly permanent: false; readonly rule: PodRule };

/** Sums of requests carry the error of floating point: a billionth more is not more. */
const TOLERANCE = 1e-9;

/** Does `demand` fit in `limit`? */
export function fits(demand: number, limit: number): boolean {
  return demand <= limit + TOLERANCE * Math.max(1, Math.abs(limit));
}

/** Undefined: it can. What would stay in the way even if the node were ready and empty is named first. */
export function whyNot(node: PlacementNode, task: PlacementTask): Obstacle | undefined {
  return never(node, task) ?? notNow(node, task);
}

/** The node could hold the task only if someone changed the one or the other. */
export function hostsNever(node: PlacementNode, task: PlacementTask): boolean {
  return whyNot(node, task)?.permanent === true;
}

/** The node could hold the task and cannot at present: it is cordoned, not ready, or full of other pods' requests. */
export function hostsNotNow(node: PlacementNode, task: PlacementTask): boolean {
  return whyNot(node, task)?.permanent === false;
}

function never(node: PlacementNode, task: PlacementTask): Obstacle | undefined {
  const label = missingLabel(node, task.nodeSelector);
  if (label !== undefined) return { kind: 'NodeSelector', permanent: true, ...label };
  if (!matchesAffinity(node, task.affinity)) return { kind: 'NodeAffinity', permanent: true };
  for (const resource of RESOURCES) {
    const demand = task.demand[resource];
    if (demand > 0 && !fits(demand, node.capacity[resource])) {
      return { kind: 'Capacity', permanent: true, resource, demand };
    }
  }
  for (const [name, demand] of extendedOf(task)) {
    const has = node.extended?.[name]?.allocatable ?? 0;
    if (!fits(demand, has)) return { kind: 'Extended', permanent: true, name, demand, has };
  }
  const taint = untolerated(
    node.taints.filter((t) => !isPassing(t)),
    task.tolerations,
  );
  return taint === undefined ? undefined : { kind: 'Taint', permanent: true, taint };
}

const NOTHING: readonly [string, number][] = [];

function extendedOf({ extended }: PlacementTask): readonly [string, number][] {
  return extended === undefined ? NOTHING : Object.entries(extended);
}

function notNow(node: PlacementNode, task: PlacementTask): Obstacle | undefined {
  // A toleration of the cordon's taint does not help: the dispatcher starts nothing on a node that is being emptied.
  if (!node.schedulable) {
    return { kind: 'Unschedulable', permanent: false, state: node.unschedulableReason ?? 'is not ready' };
  }
  const taint = untolerated(node.taints, task.tolerations);
  if (taint?.key === TAINT_UNSCHEDULABLE)
    return { kind: 'Unschedulable', permanent: false, state: 'is cordoned' };
  if (taint !== undefined) return { kind: 'Taint', permanent: false, taint };
  if (task.excludedNodes.includes(node.name)) return { kind: 'Excluded', permanent: false };
  for (const resource of RESOURCES) {
    const demand = task.demand[resource];
    if (demand > 0 && !fits(demand, node.capacity[resource] - node.requested[resource])) {
      return { kind: 'Requested', permanent: false, resource, demand };
    }
  }
  for (const [name, demand] of extendedOf(task)) {
    const { allocatable, requested } = node.extended?.[name] ?? { allocatable: 0, requested: 0 };
    if (!fits(demand, allocatable - requested))
      return { kind: 'ExtendedRequested', permanent: false, name, demand };
  }
  return node.podSlots < 1 ? { kind: 'PodSlots', permanent: false } : undefined;
}
