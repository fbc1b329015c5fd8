/**
 * The level of the time of day on the last three days, plus what is unusual now: as it is, or fading as it did in the
 * past (a regression for each lead).
 */
import { errorTables } from '../lead-errors.ts';
import type { Expert } from './expert.ts';

const MEMORY_DAYS = 10;
/** Errors of the level itself need a day after the days that make it. */
const FEWEST_DAYS = 3;

export function anomalyExpert(name: string, spanSeconds: number, fades: boolean): Expert {
  return {
    name,
    study(course) {
      const span = Math.max(2, course.rows(spanSeconds));
      const base = course.smoothed(span, 'anomaly');
      const { values, level } = course.deseasonalised;
      const memoryRows = MEMORY_DAYS * course.day;
      const tables = errorTables(course, { target: values, base, memoryRows, isFitted: fades });
      return (origin) => {
        if (origin < FEWEST_DAYS * course.day) return undefined;
        const table = tables(origin);
        if (table === undefined) return undefined;
        const present = base[origin - 1] ?? 0;
        return (lead, into) => {
          const usual = level(origin, lead);
          table.predict(lead, present, into);
          for (let l = 0; l < into.length; l++) into[l] = (into[l] ?? 0) + usual;
          return true;
        };
      };
    },
  };
}
