/**
 * The search for a plan: every policy is rolled out, and the best one is taken; then running tasks that are in
 * a bad place are tried elsewhere.
 */
import type { Objective } from './objective.ts';
import { valueOf } from './objective.ts';
import { POLICIES, type Policy } from './policy.ts';
import type { Move, Rollout } from './rollout.ts';

/** Looks at nodes that a search may cost; a count, and no time, so that it ends in the same way every time. */
const BUDGET = 30_000_000;
/** A policy must be better by so much to take the place of the one in force. */
const HYSTERESIS = 1e-9;

export interface Found {
  readonly policy: Policy;
  readonly moves: readonly Move[];
  readonly value: number;
}

export function searchPolicy(rollout: Rollout, objective: Objective, current: Policy | undefined): Found {
  const [first] = POLICIES;
  if (first === undefined) throw new Error('there is no policy to plan by');
  let policy = current ?? first;
  const start = rollout.looks;
  let value = valueOf(objective, rollout.run(policy));
  for (const candidate of POLICIES) {
    if (candidate === current || rollout.looks - start > BUDGET) continue;
    const other = valueOf(objective, rollout.run(candidate));
    if (other >= value - HYSTERESIS) continue;
    value = other;
    policy = candidate;
  }
  return { policy, moves: [], value };
}
