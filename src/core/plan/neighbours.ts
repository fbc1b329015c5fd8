/**
 * Policies that differ from one in a single parameter. The search goes on from the best policy through them
 * (search.ts): a fixed list is too coarse, and what is best drifts with the workflow's phase and the load.
 */
import type { Policy } from './policy.ts';

/** The parameters that are scaled, by how much, and between which bounds: the policy drifts from slot to slot. */
const AVERSION = { factors: [0.5, 2], least: 0.05, most: 32 };
const TOLERANCE = { factors: [0.6, 1.7], least: 0.005, most: 30 };
const CRITICALS = [0, 0.3, 0.5, 0.7, 0.85, 0.95];
const PATIENCES = [Infinity, 0.1, 0.25, 0.75];
const REACHES = [Infinity, 1.5, 1.2];
const CONSIDERATIONS = [0.5, 1, 2];

interface Scale {
  readonly factors: readonly number[];
  readonly least: number;
  readonly most: number;
}

function scaled(value: number, { factors, least, most }: Scale): number[] {
  return factors.map((factor) => value * factor).filter((v) => v >= least && v <= most);
}

function others(value: number, values: readonly number[]): number[] {
  return values.filter((v) => v !== value);
}

/** Always in the same order. A policy without consideration for other tasks has no neighbour with any. */
export function neighboursOf(policy: Policy): Policy[] {
  const { aversion, tolerance, critical, patience, reach, consideration } = policy;
  return [
    ...scaled(aversion, AVERSION).map((value) => ({ ...policy, aversion: value })),
    ...scaled(tolerance, TOLERANCE).map((value) => ({ ...policy, tolerance: value })),
    ...others(critical, CRITICALS).map((value) => ({ ...policy, critical: value })),
    ...others(patience, PATIENCES).map((value) => ({ ...policy, patience: value })),
    ...others(reach, REACHES).map((value) => ({ ...policy, reach: value })),
    ...(consideration > 0 ? others(consideration, CONSIDERATIONS) : []).map((value) => ({
      ...policy,
      consideration: value,
    })),
  ];
}
