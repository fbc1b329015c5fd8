/** Durations and peaks of tasks, learned from finished runs (README). */
export { learnedTask, pacesOf, raisedDemand } from './apply.ts';
export { TaskLearner } from './learner.ts';
export { PRIOR_RUNS } from './type-runs.ts';
export type { TypeRuns } from './type-runs.ts';
export type { DurationEstimate, FinishedRun, LearnedTask } from './types.ts';
