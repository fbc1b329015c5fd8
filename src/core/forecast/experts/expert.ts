/**
 * What the ensemble combines: models that can be asked at any point of the past.
 *
 * An expert studies a course once, is placed at an origin, and is then asked for single leads, so that judging it by
 * a few leads at many origins costs little. It may read no row at or after its origin.
 */
import type { Course } from '../course.ts';

/** Writes the quantiles (at the course's levels) of row `origin - 1 + lead`, lead ≥ 1; false where it has none. */
export type Predictor = (lead: number, into: Float64Array) => boolean;

/** Undefined where the rows before the origin are too few or too broken. The row before the origin is measured. */
export type Placed = (origin: number) => Predictor | undefined;

export interface Expert {
  /** As in `NodeForecast.spec.model`. */
  readonly name: string;
  /** Undefined where the course is of a kind that this expert says nothing about. */
  study(course: Course): Placed | undefined;
}
