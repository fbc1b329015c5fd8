/**
 * Same as a day before, give or take what that was off by on past days: the yardstick of accuracy, and no expert
 * of the ensemble.
 */
import { defineExpert, stepsPerDay } from './expert.ts';
import { quantileOfSorted } from './quantiles.ts';

const PAIRS = 160;
const FEWEST_PAIRS = 12;
const MEMORY_DAYS = 7;

export const SEASONAL_NAIVE = defineExpert({
  name: 'SeasonalNaive',
  minimumRows: 24,
  prepare(past) {
    const { values, end, levels } = past;
    const day = stepsPerDay(past.stepSeconds);
    const oldest = Math.max(0, end - MEMORY_DAYS * day);
    const stride = Math.max(1, Math.floor((end - day - oldest) / PAIRS));
    const errors: number[] = [];
    for (let to = end - 1; to - day >= oldest; to -= stride) {
      const error = (values[to] ?? NaN) - (values[to - day] ?? NaN);
      if (!Number.isNaN(error)) errors.push(error);
    }
    const sorted = Float64Array.from(errors).sort();
    // After a single day nothing is known of errors: the value itself, at every level.
    const spread = Float64Array.from(levels, (level) =>
      sorted.length < FEWEST_PAIRS ? 0 : quantileOfSorted(sorted, level),
    );
    return (lead, into) => {
      const target = end - 1 + lead;
      const value = values[target - Math.ceil(lead / day) * day] ?? NaN;
      if (Number.isNaN(value)) return false;
      for (let l = 0; l < into.length; l++) into[l] = value + (spread[l] ?? 0);
      return true;
    };
  },
});
