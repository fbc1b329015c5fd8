/**
 * Experts that take the level from the days before and pool their errors over all leads: the day before
 * (seasonal-naive, the yardstick of accuracy), and the mean of the last three days. Errors are looked at once a day.
 */
import type { Course } from '../course.ts';
import { quantileOfSorted } from '../quantiles.ts';
import type { Expert } from './expert.ts';

const PAIRS = 400;
const FEWEST_PAIRS = 12;

/** Same as a day before, give or take what that was off by over the last week. */
export const SEASONAL_NAIVE: Expert = {
  name: 'SeasonalNaive',
  study(course) {
    const { filled, day } = course;
    return seasonal(course, {
      fewestDays: 1,
      errorDays: 7,
      error: (row) => (course.values[row] ?? NaN) - (filled[row - day] ?? NaN),
      level: (origin, lead) => filled[origin - 1 + lead - Math.ceil(lead / day) * day] ?? NaN,
    });
  },
};

/** The mean of the last three days at the same time, give or take what that was off by on the last four. */
export const DAY_MEAN: Expert = {
  name: 'DayMean',
  study(course) {
    const { values, level } = course.deseasonalised;
    return seasonal(course, { fewestDays: 2, errorDays: 4, error: (row) => values[row] ?? NaN, level });
  },
};

interface Seasonal {
  readonly fewestDays: number;
  readonly errorDays: number;
  readonly error: (row: number) => number;
  readonly level: (origin: number, lead: number) => number;
}

function seasonal(course: Course, parts: Seasonal): ReturnType<Expert['study']> {
  const { day } = course;
  const spreads = new Map<number, Float64Array>();
  const spreadAt = (origin: number): Float64Array => {
    const end = Math.max(Math.min(origin, day), Math.floor(origin / day) * day);
    let spread = spreads.get(end);
    if (spread === undefined) {
      spread = spreadBefore(end, course, parts);
      spreads.set(end, spread);
    }
    return spread;
  };
  return (origin) => {
    if (origin < parts.fewestDays * day) return undefined;
    const spread = spreadAt(origin);
    return (lead, into) => {
      const level = parts.level(origin, lead);
      if (Number.isNaN(level)) return false;
      for (let l = 0; l < into.length; l++) into[l] = level + (spread[l] ?? 0);
      return true;
    };
  };
}

/** Quantiles of the errors of the days before `end`. After a single day nothing is known of them: all are 0. */
function spreadBefore(end: number, { day, levels }: Course, parts: Seasonal): Float64Array {
  const oldest = Math.max(day, end - parts.errorDays * day);
  const stride = Math.max(1, Math.floor((end - oldest) / PAIRS));
  const errors: number[] = [];
  for (let row = end - 1; row >= oldest; row -= stride) {
    const error = parts.error(row);
    if (!Number.isNaN(error)) errors.push(error);
  }
  const sorted = Float64Array.from(errors).sort();
  const isKnown = sorted.length >= FEWEST_PAIRS;
  return Float64Array.from(levels, (level) => (isKnown ? quantileOfSorted(sorted, level) : 0));
}
