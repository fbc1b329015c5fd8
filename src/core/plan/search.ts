/**
 * The search for a plan: every policy is rolled out, then those near the best one, and the best of all is taken.
 */
import {
  isNeverShort,
  PlanAhead,
  scriptOf,
  type OnPlaced,
  type Schedule,
  type Script,
} from './ahead/index.ts';
import { DONE } from './board.ts';
import type { Course } from './course.ts';
import type { Explanations } from './explanations.ts';
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

/** From so many tasks times nodes on there is no search where it could not win more than this share of the makespan. */
const MANY = 50_000;
const LITTLE = 0.03;

/** A first plan ahead that is worse by more than this share of the makespan is not worth improving. */
const PROMISING = 0.1;

/** A plan ahead, and what came of a rollout that followed it. */
interface Followed {
  readonly schedule: Schedule;
  readonly script: Script;
  readonly value: number;
  readonly contended: number;
}

/**
 * A plan ahead, held against policies. Only on quiet nodes: every task must stay under its workflow's contention
 * ceiling, since the plan does not know how to avoid what is over it.
 */
export class AheadCandidate {
  /** Is nothing ever short? */
  readonly isQuiet: boolean;
  /** Is a search for a better one hardly worth what it costs? Then the rollout has followed it last. */
  readonly isGoodEnough: boolean;
  readonly #ahead: PlanAhead;
  readonly #course: Course;
  readonly #rollout: Rollout;
  readonly #objective: Objective;
  readonly #policy: Policy;
  readonly #first: Followed;

  private constructor(
    ahead: PlanAhead,
    course: Course,
    rollout: Rollout,
    objective: Objective,
    policy: Policy,
    explanations: Explanations | undefined,
    comesTrue: boolean,
  ) {
    this.#ahead = ahead;
    this.#course = course;
    this.#rollout = rollout;
    this.#objective = objective;
    this.#policy = policy;
    const isShort = isAlmostShortest(ahead, rollout.size, objective);
    this.#first =
      isShort && comesTrue
        ? this.#assume(ahead.first)
        : this.#follow(ahead.first, isShort ? explanations : undefined);
    this.isQuiet = this.#first.contended === 0;
    this.isGoodEnough = isShort && this.isQuiet && this.#first.value < Infinity;
  }

  /**
   * Undefined where there is none.
   *
   * @param policy for what the plan does not say
   * @param explanations filled where the plan is good enough to be the last one that is looked at
   */
  static of(
    course: Course,
    rollout: Rollout,
    objective: Objective,
    policy: Policy,
    explanations: Explanations | undefined,
  ): AheadCandidate | undefined {
    const comesTrue = rollout.size >= MANY && course.granularity === 0 && isNeverShort(course);
    const ahead = PlanAhead.of(course, rollout.size, comesTrue ? keeperOf(course, explanations) : undefined);
    if (ahead === undefined) return undefined;
    return new AheadCandidate(ahead, course, rollout, objective, policy, explanations, comesTrue);
  }

  /** A plan that is better than the best policy's. */
  better({ value }: Found): Followed | undefined {
    const first = this.#first;
    if (first.value > value + PROMISING * this.#objective.weight) return undefined;
    const schedule = this.isGoodEnough ? first.schedule : this.#ahead.best();
    const best = schedule === first.schedule ? first : this.#follow(schedule);
    if (Math.min(best.value, first.value) >= value - HYSTERESIS) return undefined;
    return best.value <= first.value ? best : first;
  }

  #assume(schedule: Schedule): Followed {
    const outcome = this.#rollout.assume(schedule);
    const script = scriptOf(schedule, this.#course.standing, false);
    return { schedule, script, value: valueOf(this.#objective, outcome), contended: outcome.contended };
  }

  #follow(schedule: Schedule, explanations?: Explanations): Followed {
    const script = scriptOf(schedule, this.#course.standing, false);
    const outcome = this.#rollout.run(this.#policy, {
      script,
      ...(explanations === undefined ? {} : { explanations }),
    });
    const isAllowed = isUnderCeilings(this.#course, this.#rollout);
    const value = isAllowed ? valueOf(this.#objective, outcome) : Infinity;
    return { schedule, script, value, contended: outcome.contended };
  }
}

/** Writes down what a plan ahead weighs of each task. */
function keeperOf({ columns, tiers }: Course, explanations: Explanations | undefined): OnPlaced | undefined {
  if (explanations === undefined) return undefined;
  return (task, runs) => {
    explanations.keepRuns(task, tiers.leastOf(columns.group[task] ?? 0), runs);
  };
}

function isAlmostShortest({ first, least }: PlanAhead, size: number, { begin }: Objective): boolean {
  return size >= MANY && first.makespan - begin <= (least - begin) * (1 + LITTLE);
}

function isUnderCeilings({ columns, ceilings, standing }: Course, { board }: Rollout): boolean {
  return columns.tasks.every((_, i) => {
    if (board.state[i] !== DONE || standing.board.state[i] === DONE) return true;
    const seconds = (board.end[i] ?? 0) - Math.max(0, board.start[i] ?? 0);
    return (board.contended[i] ?? 0) <= (ceilings[columns.workflow[i] ?? 0] ?? 1) * seconds + 1e-6;
  });
}
