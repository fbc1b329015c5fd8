/**
 * A plan made ahead, held against policies. Only on quiet nodes: every task must stay under its workflow's contention
 * ceiling, since the plan does not know how to avoid what is over it.
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
import { valueOf, type Objective } from './objective.ts';
import type { Policy } from './policy.ts';
import type { Outcome, Rollout } from './rollout.ts';
import { HYSTERESIS } from './search.ts';

/** From so many tasks times nodes on there is no search where it could not win more than this share of the makespan. */
const MANY = 50_000;
const LITTLE = 0.03;

/** A first plan ahead that is worse by more than this share of the makespan is not worth improving. */
const PROMISING = 0.1;

/** What plans ahead are tried on. */
export interface Trial {
  readonly course: Course;
  readonly rollout: Rollout;
  readonly objective: Objective;
  /** For what a plan does not say. */
  readonly policy: Policy;
}

/** A plan ahead, and what came of it. */
interface Tried {
  readonly schedule: Schedule;
  readonly script: Script;
  readonly value: number;
  readonly contended: number;
}

export class AheadCandidate {
  /** Is nothing ever short? */
  readonly isQuiet: boolean;
  /** Is a search for a better one hardly worth what it costs? Then the rollout is as this one has left it. */
  readonly isGoodEnough: boolean;
  readonly #trial: Trial;
  readonly #ahead: PlanAhead;
  readonly #first: Tried;

  private constructor(trial: Trial, ahead: PlanAhead, first: Tried, isShort: boolean) {
    this.#trial = trial;
    this.#ahead = ahead;
    this.#first = first;
    this.isQuiet = first.contended === 0;
    this.isGoodEnough = isShort && this.isQuiet && first.value < Infinity;
  }

  /**
   * Undefined where there is none.
   *
   * @param explanations filled where the plan is good enough to be the last one that is looked at
   */
  static of(trial: Trial, explanations: Explanations | undefined): AheadCandidate | undefined {
    const { course, rollout, objective } = trial;
    const { size } = rollout;
    // Decisions that are gathered are late by as long, and a plan that nobody follows does not know of it.
    const comesTrue = size >= MANY && course.granularity === 0 && isNeverShort(course);
    const ahead = PlanAhead.of(course, size, comesTrue ? keeperOf(course, explanations) : undefined);
    if (ahead === undefined) return undefined;
    const isShort = isAlmostShortest(ahead, size, objective);
    const first =
      isShort && comesTrue
        ? assumed(trial, ahead.first)
        : followed(trial, ahead.first, isShort ? explanations : undefined);
    return new AheadCandidate(trial, ahead, first, isShort);
  }

  /** A plan that is better than one of this value. */
  better(value: number): Tried | undefined {
    const first = this.#first;
    if (first.value > value + PROMISING * this.#trial.objective.weight) return undefined;
    const schedule = this.isGoodEnough ? first.schedule : this.#ahead.best();
    const best = schedule === first.schedule ? first : followed(this.#trial, schedule);
    if (Math.min(best.value, first.value) >= value - HYSTERESIS) return undefined;
    return best.value <= first.value ? best : first;
  }
}

/** One that comes true as it is. */
function assumed(trial: Trial, schedule: Schedule): Tried {
  return tried(
    trial,
    schedule,
    scriptOf(schedule, trial.course.standing, false),
    trial.rollout.assume(schedule),
  );
}

function followed(trial: Trial, schedule: Schedule, explanations?: Explanations): Tried {
  const script = scriptOf(schedule, trial.course.standing, false);
  const options = explanations === undefined ? { script } : { script, explanations };
  return tried(trial, schedule, script, trial.rollout.run(trial.policy, options));
}

function tried(
  { course, rollout, objective }: Trial,
  schedule: Schedule,
  script: Script,
  outcome: Outcome,
): Tried {
  const value = isUnderCeilings(course, rollout) ? valueOf(objective, outcome) : Infinity;
  return { schedule, script, value, contended: outcome.contended };
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
