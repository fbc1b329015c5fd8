/**
 * Same as a day before, give or take what that was off by over the last week, looked at once a day. The yardstick of
 * accuracy, and an expert as well.
 */
import type { Course } from '../course.ts';
import { quantileOfSorted } from '../quantiles.ts';
import type { Expert } from './expert.ts';

const MEMORY_DAYS = 7;
const PAIRS = 400;
const FEWEST_PAIRS = 12;

export const SEASONAL_NAIVE: Expert = {
  name: 'SeasonalNaive',
  study(course) {
    const { filled, day } = course;
    const spreads = new Map<number, Float64Array>();
    const spreadAt = (origin: number): Float64Array => {
      const end = Math.floor(origin / day) * day;
      let spread = spreads.get(end);
      if (spread === undefined) {
        spread = spreadBefore(end, course);
        spreads.set(end, spread);
      }
      return spread;
    };
    return (origin) => {
      if (origin < day) return undefined;
      const spread = spreadAt(origin);
      return (lead, into) => {
        const level = filled[origin - 1 + lead - Math.ceil(lead / day) * day] ?? 0;
        for (let l = 0; l < into.length; l++) into[l] = level + (spread[l] ?? 0);
        return true;
      };
    };
  },
};

/** Quantiles of the errors of the days before `end`. After a single day nothing is known of them: all are 0. */
function spreadBefore(end: number, { values, filled, day, levels }: Course): Float64Array {
  const oldest = Math.max(day, end - MEMORY_DAYS * day);
  const stride = Math.max(1, Math.floor((end - oldest) / PAIRS));
  const errors: number[] = [];
  for (let row = end - 1; row >= oldest; row -= stride) {
    const error = (values[row] ?? NaN) - (filled[row - day] ?? 0);
    if (!Number.isNaN(error)) errors.push(error);
  }
  const sorted = Float64Array.from(errors).sort();
  const isKnown = sorted.length >= FEWEST_PAIRS;
  return Float64Array.from(levels, (level) => (isKnown ? quantileOfSorted(sorted, level) : 0));
}
