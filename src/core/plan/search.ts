/** The search for a plan: every policy is rolled out, and the best one is taken. */
import type { Objective } from './objective.ts';
import { valueOf } from './objective.ts';
import { POLICIES, type Policy } from './policy.ts';
import type { Rollout } from './rollout.ts';

/** Looks at nodes that a search may cost; a count, and no time, so that it ends in the same way every time. */
const BUDGET = 30_000_000;
/** A policy must be better by so much to take the place of the one in force. */
const HYSTERESIS = 1e-9;

/** @param current the policy in force */
export function bestPolicy(
  rollout: Rollout,
  objective: Objective,
  current: Policy | undefined,
): { policy: Policy; value: number } {
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
  return { policy, value };
}
