/**
 * The load stays at its level of now, give or take what such a guess was off by in the series' own past at the same
 * lead. The level is the last value, or a mean of the last ones. Hard to beat within the hour.
 */
import { errorTables } from '../lead-errors.ts';
import type { Expert } from './expert.ts';

export interface LevelOptions {
  readonly name: string;
  /** Span of the exponentially weighted mean; 0: the last value. */
  readonly spanSeconds: number;
  /** How far back errors are taken from. */
  readonly memorySeconds: number;
  /** The level goes back to the mean as it did in the past: a regression on the level, one for each lead. */
  readonly reverts?: boolean;
}

export function levelExpert(options: LevelOptions): Expert {
  return {
    name: options.name,
    study(course) {
      const span = course.rows(options.spanSeconds);
      const base = options.spanSeconds === 0 ? course.filled : course.smoothed(Math.max(1, span));
      const tables = errorTables(course, {
        target: course.values,
        base,
        memoryRows: course.rows(options.memorySeconds),
        isFitted: options.reverts === true,
      });
      return (origin) => {
        const table = tables(origin);
        if (table === undefined) return undefined;
        const present = base[origin - 1] ?? 0;
        return (lead, into) => {
          table.predict(lead, present, into);
          return true;
        };
      };
    },
  };
}
