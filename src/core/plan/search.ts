/**
 * The search for a plan: every policy is rolled out, then those near the best one, and the best of all is taken.
 */
import { neighboursOf } from './neighbours.ts';
import type { Objective } from './objective.ts';
import { valueOf } from './objective.ts';
import type { Policy } from './policy.ts';
import type { Rollout } from './rollout.ts';

/** Tasks times nodes, summed over rollouts: a search is as wide as the problem is small. */
const BUDGET = 10_000_000;
/** Tasks times nodes from which on there is no search. */
export const UNAFFORDABLE = BUDGET / 2;
/**
 * Looks at nodes, over all rollouts of a plan, after which no more are made: some seconds. Where hundreds of tasks are
 * unlike each other a single rollout asks every one of them at every event, and tasks times nodes say little of it.
 */
const MOST_LOOKS = 15_000_000;
/** A policy, or a plan ahead, must be better by so much to take the place of what it is held against. */
export const HYSTERESIS = 1e-9;
/** How often the search goes on from the best policy to those near it: more makes no better plans. */
const ROUNDS = 2;

interface Found {
  readonly policy: Policy;
  readonly value: number;
}

/** Can more than one policy be rolled out? */
export function isAffordable(rollout: Rollout): boolean {
  return rollout.size * 2 <= BUDGET;
}

/** May one more rollout be made for this plan? */
export function mayGoOn(rollout: Rollout): boolean {
  return rollout.looks < MOST_LOOKS;
}

/**
 * @param current the policy in force
 * @param mayRefine look at policies near the best one, too
 */
export function bestPolicy(
  rollout: Rollout,
  objective: Objective,
  policies: readonly Policy[],
  current: Policy,
  mayRefine: boolean,
): Found {
  let affordable = Math.trunc(BUDGET / Math.max(1, rollout.size));
  let best: Found = { policy: current, value: valueOf(objective, rollout.run(current)) };
  const lookThrough = (candidates: readonly Policy[]): void => {
    const looked = candidates.slice(0, affordable);
    affordable -= looked.length;
    for (const policy of looked) {
      if (!mayGoOn(rollout)) return;
      const value = valueOf(objective, rollout.run(policy));
      if (value < best.value - HYSTERESIS) best = { policy, value };
    }
  };
  lookThrough(policies.filter((policy) => policy !== current));
  for (let round = 0; mayRefine && round < ROUNDS; round++) {
    const { policy } = best;
    lookThrough(neighboursOf(policy));
    if (best.policy === policy) break;
  }
  return best;
}

/** Where nothing is to be found: any plan ahead is better. */
export function unsearched(policy: Policy): Found {
  return { policy, value: Infinity };
}

/** Of policies those that differ where nothing is ever short: all others start every task at once. */
export function policiesForQuiet(policies: readonly Policy[]): readonly Policy[] {
  return policies.filter((policy, i) => i === 0 || policy.reach !== Infinity);
}
