/**
 * The load of the same time of day on past days: quantiles of what was seen then, and a quarter of an hour around
 * it, later days weighing more and the same weekday double.
 */
import { defineExpert, stepsPerDay } from './expert.ts';
import { WeightedSample } from './quantiles.ts';

const DAYS = 14;
const DAY_DECAY = 0.9;
const SAME_WEEKDAY = 2;
const NEIGHBOURHOOD_SECONDS = 900;
const FEWEST_VALUES = 1;

export const DAY_PROFILE = defineExpert({
  name: 'DayProfile',
  minimumRows: 24,
  prepare(past) {
    const { values, end, levels } = past;
    const day = stepsPerDay(past.stepSeconds);
    if (end < day) return undefined;
    const reach = Math.floor(NEIGHBOURHOOD_SECONDS / past.stepSeconds);
    const sample = new WeightedSample(DAYS * (2 * reach + 1));

    return (lead, into) => {
      const target = end - 1 + lead;
      const nearest = Math.max(1, Math.ceil((target + 1 - end) / day));
      sample.clear();
      for (let d = nearest; d < nearest + DAYS; d++) {
        const centre = target - d * day;
        const weight = DAY_DECAY ** d * (d % 7 === 0 ? SAME_WEEKDAY : 1);
        for (let i = centre - reach; i <= centre + reach; i++) {
          const value = i >= 0 && i < end ? (values[i] ?? NaN) : NaN;
          if (!Number.isNaN(value)) sample.add(value, weight / (1 + Math.abs(i - centre)));
        }
      }
      if (sample.size < FEWEST_VALUES) return false;
      sample.quantiles(levels, into);
      return true;
    };
  },
});
