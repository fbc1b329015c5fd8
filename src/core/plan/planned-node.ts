/** A node while it is planned on: its limits, its outlook, and its place in the order of names. */
import { RESOURCES } from '../resources.ts';
import { outlookOf, type Outlook } from './outlook.ts';
import { dimensionsWith, PODS } from './dimensions.ts';
import type { NodeSnapshot, TaskSnapshot } from './snapshot.ts';

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

/**
 * In the order of their names, so that the plan does not depend on the order in which nodes are listed.
 *
 * @param others names of further resources (dimensions.ts)
 */
export function plannedNodes(nodes: readonly NodeSnapshot[], others: readonly string[] = []): PlannedNode[] {
  return nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((node, i) => plannedNode(node, i, others));
}

export function plannedNode(snapshot: NodeSnapshot, index: number, others: readonly string[]): PlannedNode {
  const limits = new Float64Array(dimensionsWith(others));
  RESOURCES.forEach((resource, r) => {
    limits[r] = tolerant(snapshot.capacity[resource] - snapshot.requested[resource]);
  });
  limits[PODS] = snapshot.podSlots;
  others.forEach((name, i) => {
    const { allocatable, requested } = snapshot.extended?.[name] ?? { allocatable: 0, requested: 0 };
    limits[PODS + 1 + i] = tolerant(allocatable - requested);
  });
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

function tolerant(limit: number): number {
  return limit + TOLERANCE * Math.max(1, Math.abs(limit));
}

/** A task's demand by dimension (dimensions.ts). */
export function demandOf(
  { demand, extended }: Pick<TaskSnapshot, 'demand' | 'extended'>,
  others: readonly string[],
): Float64Array {
  const load = new Float64Array(dimensionsWith(others));
  RESOURCES.forEach((resource, r) => (load[r] = Math.max(0, demand[resource])));
  load[PODS] = 1;
  if (extended !== undefined) others.forEach((name, i) => (load[PODS + 1 + i] = extended[name] ?? 0));
  return load;
}
