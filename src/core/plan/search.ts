/** The search for a plan: every policy is rolled out, and the best one is taken. */
import { PlanAhead, scriptOf, type Schedule } from './ahead/index.ts';
import { DONE } from './board.ts';
import type { Course } from './course.ts';
import type { Objective } from './objective.ts';
import { valueOf } from './objective.ts';
import type { Policy } from './policy.ts';
import type { Rollout } from './rollout.ts';

/** Tasks times nodes, summed over rollouts: a search is as wide as the problem is small. */
const BUDGET = 10_000_000;
/** Tasks times nodes from which on there is no search. */
export const UNAFFORDABLE = BUDGET / 2;
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

/** A first plan ahead that is worse by more than this share of the makespan is not worth improving. */
const PROMISING = 0.1;

/**
 * A plan ahead that is better than the best policy. Only on quiet nodes: every task must stay under its workflow's
 * contention ceiling, since the plan does not know how to avoid what is over it.
 */
export function planAhead(
  course: Course,
  rollout: Rollout,
  objective: Objective,
  { policy, value }: Found,
): Schedule | undefined {
  const ahead = PlanAhead.of(course, rollout.size);
  if (ahead === undefined) return undefined;
  const valueOfPlan = (schedule: Schedule): number => {
    const outcome = rollout.run(policy, { script: scriptOf(schedule, course.standing, false) });
    return isUnderCeilings(course, rollout) ? valueOf(objective, outcome) : Infinity;
  };
  if (valueOfPlan(ahead.first) > value + PROMISING * objective.weight) return undefined;
  const best = ahead.best();
  return valueOfPlan(best) < value - HYSTERESIS ? best : undefined;
}

function isUnderCeilings({ columns, ceilings, standing }: Course, { board }: Rollout): boolean {
  return columns.tasks.every((_, i) => {
    if (board.state[i] !== DONE || standing.board.state[i] === DONE) return true;
    const seconds = (board.end[i] ?? 0) - Math.max(0, board.start[i] ?? 0);
    return (board.contended[i] ?? 0) <= (ceilings[columns.workflow[i] ?? 0] ?? 1) * seconds + 1e-6;
  });
}
