/** Starts of a task on nodes, and which of two is better. */
import type { PlannedNode } from './planned-node.ts';
import type { AssignmentReason } from './snapshot.ts';

export interface Option {
  readonly node: PlannedNode;
  readonly start: number;
  readonly end: number;
  /** Later than `end` where contention is expected to slow the task down. */
  readonly expectedEnd: number;
  readonly contention: number;
  /** Contention that the task suffers and adds to its neighbours. */
  readonly cost: number;
  /** 0..1. */
  readonly crowding: number;
  /** 0: under the ceiling; 1: so by no fresh forecast; 2: over the ceiling. */
  readonly tier: 0 | 1 | 2;
}

/** Costs that differ by less than this are alike, and the earlier end decides. */
const ALIKE = 0.01;

/** Negative where `a` is better. Total: two options are equal only if they are the same node and start. */
export function fastest(a: Option, b: Option): number {
  return (
    a.tier - b.tier ||
    a.expectedEnd - b.expectedEnd ||
    a.cost - b.cost ||
    a.crowding - b.crowding ||
    inOrder(a, b)
  );
}

/** Least contention among what ends in time; where nothing does, the earliest end. */
export function leisurely(latestEnd: number): (a: Option, b: Option) => number {
  return (a, b) => {
    const late = (option: Option): boolean => option.expectedEnd > latestEnd;
    if (a.tier !== b.tier) return a.tier - b.tier;
    if (late(a) || late(b)) return a.expectedEnd - b.expectedEnd || fastest(a, b);
    return Math.round(a.cost / ALIKE) - Math.round(b.cost / ALIKE) || fastest(a, b);
  };
}

/** Can nothing that ends later than this option be better? */
export function isUnbeatable(option: Option, latestEnd: number | undefined): boolean {
  if (option.tier !== 0) return false;
  return (
    latestEnd === undefined || (option.expectedEnd <= latestEnd && Math.round(option.cost / ALIKE) === 0)
  );
}

function inOrder(a: Option, b: Option): number {
  return a.node.index - b.node.index || a.start - b.start;
}

/**
 * What decided.
 *
 * @param soonestEnd expected end on the node where it would be first, whatever the contention
 * @param nodes how many nodes could hold the task
 */
export function reasonFor(chosen: Option, soonestEnd: number, nodes: number): AssignmentReason {
  if (chosen.tier === 2) return 'OverCeiling';
  if (chosen.tier === 1) return 'NoForecast';
  if (nodes === 1) return 'OnlyNode';
  return chosen.expectedEnd <= soonestEnd ? 'EarliestFinish' : 'LeastContention';
}
