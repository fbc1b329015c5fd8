/**
 * What the planner makes small: the makespan, and the contended share of the run time.
 *
 *     J = weight × ln(makespan) + contended share,      weight = 8.5 % / slack
 *
 * The slack of a workflow is the exchange rate between the two: with a slack of 10 %, a plan that takes 10 %
 * longer is as good where it spares 8.1 points (8.5 × ln 1.1 / 0.1) of contended run time. Less slack is a
 * faster plan, more a quieter one. Workflows that are planned together are judged as one: from the first start
 * of any to the last end.
 */
import type { Problem } from './problem.ts';
import type { Outcome } from './rollout.ts';
import type { Standing } from './standing.ts';

const POINTS = 0.085;
/** A slack of nothing still minds contention between plans that are equally fast. */
const LEAST_SLACK = 0.01;
/** A plan in which tasks find no node is worse than any in which they do. */
const STUCK = 1000;
const LATE = 500;

export interface Objective {
  readonly weight: number;
  /** Seconds from now, at most 0: when the first task started. */
  readonly begin: number;
  readonly secondsPassed: number;
  /** Seconds from now: any plan that ends by then is better than one that does not. */
  readonly latest: number;
}

export function objectiveOf(problem: Problem, standing: Standing, latest = Infinity): Objective {
  const slacks = problem.workflows.map((w) => Math.max(LEAST_SLACK, w.snapshot.slack));
  const mean = slacks.reduce((sum, s) => sum + s, 0) / Math.max(1, slacks.length);
  const begin = problem.workflows
    .flatMap((w) => w.tasks)
    .reduce((first, { progress, snapshot }) => {
      if (progress !== 'Done' && progress !== 'Active') return first;
      return Math.min(first, ((snapshot.startTime ?? problem.now) - problem.now) / 1000);
    }, 0);
  return { weight: POINTS / mean, begin, secondsPassed: standing.secondsPassed, latest };
}

/** Lower is better. */
export function valueOf({ weight, begin, secondsPassed, latest }: Objective, outcome: Outcome): number {
  const end = outcome.completion.reduce((last, time) => Math.max(last, time), 0);
  const makespan = Math.max(1, end - begin);
  const seconds = Math.max(1, secondsPassed + outcome.seconds);
  const late = end > latest ? LATE : 0;
  return weight * Math.log(makespan) + outcome.contended / seconds + outcome.stuck * STUCK + late;
}
