/** The search for a plan: every policy is rolled out, and the best one is taken. */
import type { Objective } from './objective.ts';
import { valueOf } from './objective.ts';
import type { Policy } from './policy.ts';
import type { Rollout } from './rollout.ts';

/** Tasks times nodes, summed over rollouts: a search is as wide as the problem is small. */
const BUDGET = 10_000_000;
/** A policy must be better by so much to take the place of the one in force. */
const HYSTERESIS = 1e-9;

interface Found {
  readonly policy: Policy;
  readonly value: number;
}

/** Can more than one policy be rolled out? */
export function isAffordable(rollout: Rollout): boolean {
  return rollout.size * 2 <= BUDGET;
}

/** @param current the policy in force */
export function bestPolicy(
  rollout: Rollout,
  objective: Objective,
  policies: readonly Policy[],
  current: Policy,
): Found {
  const affordable = Math.trunc(BUDGET / Math.max(1, rollout.size));
  const candidates = policies.slice(0, affordable).filter((policy) => policy !== current);
  let policy = current;
  let value = valueOf(objective, rollout.run(current));
  for (const candidate of candidates) {
    const other = valueOf(objective, rollout.run(candidate));
    if (other >= value - HYSTERESIS) continue;
    value = other;
    policy = candidate;
  }
  return { policy, value };
}
