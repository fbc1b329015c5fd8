/**
 * The search for a plan: every policy is rolled out, then those near the best one, and the best of all is taken.
 */
import { PlanAhead, scriptOf, type Schedule } from './ahead/index.ts';
import { DONE } from './board.ts';
import type { Course } from './course.ts';
import { neighboursOf } from './neighbours.ts';
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

/** From so many tasks times nodes on there is no search where it could not win more than this share of the makespan. */
const MANY = 50_000;
const LITTLE = 0.03;

/** A first plan ahead that is worse by more than this share of the makespan is not worth improving. */
const PROMISING = 0.1;

/**
 * A plan ahead, held against policies. Only on quiet nodes: every task must stay under its workflow's contention
 * ceiling, since the plan does not know how to avoid what is over it.
 */
export class AheadCandidate {
  /** Is nothing ever short? */
  readonly isQuiet: boolean;
  readonly #ahead: PlanAhead;
  readonly #course: Course;
  readonly #rollout: Rollout;
  readonly #objective: Objective;
  readonly #policy: Policy;
  readonly #firstValue: number;

  private constructor(
    ahead: PlanAhead,
    course: Course,
    rollout: Rollout,
    objective: Objective,
    policy: Policy,
  ) {
    this.#ahead = ahead;
    this.#course = course;
    this.#rollout = rollout;
    this.#objective = objective;
    this.#policy = policy;
    const { value, contended } = this.#follow(ahead.first);
    this.#firstValue = value;
    this.isQuiet = contended === 0;
  }

  /**
   * Undefined where there is none.
   *
   * @param policy for what the plan does not say
   */
  static of(
    course: Course,
    rollout: Rollout,
    objective: Objective,
    policy: Policy,
  ): AheadCandidate | undefined {
    const ahead = PlanAhead.of(course, rollout.size);
    return ahead === undefined ? undefined : new AheadCandidate(ahead, course, rollout, objective, policy);
  }

  /** Is a search for a better one hardly worth what it costs? */
  get isGoodEnough(): boolean {
    const { begin } = this.#objective;
    const { first, least } = this.#ahead;
    return (
      this.isQuiet &&
      this.#firstValue < Infinity &&
      this.#rollout.size >= MANY &&
      first.makespan - begin <= (least - begin) * (1 + LITTLE)
    );
  }

  /** A plan that is better than the best policy's. */
  better({ value }: Found): Schedule | undefined {
    if (this.#firstValue > value + PROMISING * this.#objective.weight) return undefined;
    const { first } = this.#ahead;
    const best = this.isGoodEnough ? first : this.#ahead.best();
    const bestValue = best === first ? this.#firstValue : this.#follow(best).value;
    if (Math.min(bestValue, this.#firstValue) >= value - HYSTERESIS) return undefined;
    return bestValue <= this.#firstValue ? best : first;
  }

  #follow(schedule: Schedule): { readonly value: number; readonly contended: number } {
    const script = scriptOf(schedule, this.#course.standing, false);
    const outcome = this.#rollout.run(this.#policy, { script });
    const isAllowed = isUnderCeilings(this.#course, this.#rollout);
    return { value: isAllowed ? valueOf(this.#objective, outcome) : Infinity, contended: outcome.contended };
  }
}

function isUnderCeilings({ columns, ceilings, standing }: Course, { board }: Rollout): boolean {
  return columns.tasks.every((_, i) => {
    if (board.state[i] !== DONE || standing.board.state[i] === DONE) return true;
    const seconds = (board.end[i] ?? 0) - Math.max(0, board.start[i] ?? 0);
    return (board.contended[i] ?? 0) <= (ceilings[columns.workflow[i] ?? 0] ?? 1) * seconds + 1e-6;
  });
}
