/**
 * Which published parts of a plan's status still stand.
 *
 * The planner scores and times a plan anew at every look, and each time comes out a little different: load has moved
 * by a percent, a task is a second late. To write that down would cost an etcd revision and an event to every watcher
 * for each plan and minute, wake the sharder and the dispatcher for nothing, and tell nobody anything. So what is
 * published stands until it is off by as much as a reader would act on.
 */
import type { InForce } from '../plan/in-force.ts';

/** Half of the gain for which a task is moved (`HYSTERESIS` is 50 permille) is still seen. */
export const CONTENTION_BAND_PERMILLE = 20;

/** Of the end of the whole workflow. */
export const COMPLETION_BAND_MS = 10_000;

/** Of each end of one task's window. */
export const WINDOW_BAND_MS = 60_000;

/** How a whole plan is expected to fare; undefined where there is nothing to say it by. */
export interface Prediction {
  /** Milliseconds since the epoch. */
  readonly completionTime: number | undefined;
  readonly contentionPermille: number | undefined;
}

/** Both parts are within their bands. Where one is not, both are to be published as they are now. */
export function predictionStands(published: Prediction, current: Prediction): boolean {
  return (
    isWithin(COMPLETION_BAND_MS, published.completionTime, current.completionTime) &&
    isWithin(CONTENTION_BAND_PERMILLE, published.contentionPermille, current.contentionPermille)
  );
}

/** The same node, as firmly, in about the same window. Contention goes with these: it is a score of them. */
export function assignmentStands(published: InForce, current: InForce): boolean {
  return (
    published.node === current.node &&
    published.binding === current.binding &&
    isWithin(WINDOW_BAND_MS, published.startTime, current.startTime) &&
    isWithin(WINDOW_BAND_MS, published.endTime, current.endTime)
  );
}

/** Nearer to each other than the band, or both not there. */
function isWithin(band: number, a: number | undefined, b: number | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Math.abs(a - b) < band;
}
