/** A node while it is planned on: its limits, its outlook, and its place in the order of names. */
import { RESOURCES, type ResourceVector } from '../resources.ts';
import { outlookOf, type Outlook } from './outlook.ts';
import { DIMENSIONS, PODS } from './dimensions.ts';
import type { NodeSnapshot } from './snapshot.ts';

export interface PlannedNode {
  readonly snapshot: NodeSnapshot;
  readonly name: string;
  readonly index: number;
  readonly speed: number;
  readonly bandwidth: number;
  /** By dimension (dimensions.ts): how far Foreshard's own tasks may go, whatever the forecast says. */
  readonly limits: Float64Array;
  readonly capacity: Float64Array;
  readonly outlook: Outlook;
}

/** As in `core/placement`: a billionth more is not more. */
const TOLERANCE = 1e-9;

/** In the order of their names, so that the plan does not depend on the order in which nodes are listed. */
export function plannedNodes(nodes: readonly NodeSnapshot[]): PlannedNode[] {
  return nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(plannedNode);
}

export function plannedNode(snapshot: NodeSnapshot, index: number): PlannedNode {
  const limits = new Float64Array(DIMENSIONS);
  RESOURCES.forEach((resource, r) => {
    const limit = snapshot.capacity[resource] - snapshot.requested[resource];
    limits[r] = limit + TOLERANCE * Math.max(1, Math.abs(limit));
  });
  limits[PODS] = snapshot.podSlots;
  return {
    snapshot,
    name: snapshot.name,
    index,
    speed: snapshot.speed > 0 ? snapshot.speed : 1,
    bandwidth: snapshot.bandwidth,
    limits,
    capacity: Float64Array.from(RESOURCES, (r) => snapshot.capacity[r]),
    outlook: outlookOf(snapshot),
  };
}

/** A task's demand by dimension (dimensions.ts). */
export function demandOf(demand: ResourceVector): Float64Array {
  const load = new Float64Array(DIMENSIONS);
  RESOURCES.forEach((resource, r) => (load[r] = Math.max(0, demand[resource])));
  load[PODS] = 1;
  return load;
}

/** Milliseconds that a task runs on a node of this speed, at least one. */
export function runTime(durationSeconds: number, speed: number): number {
  const milliseconds = Math.round((durationSeconds * 1000) / speed);
  return Number.isFinite(milliseconds) ? Math.max(1, milliseconds) : 1;
}
