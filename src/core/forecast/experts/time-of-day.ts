/**
 * The load of the same time of day on past days: quantiles of what was seen then and up to half an hour around it,
 * later days weighing more, and the same weekday as much more as told.
 */
import { WeightedSample } from '../quantiles.ts';
import type { Expert } from './expert.ts';

const DAYS = 14;
const DAY_DECAY = 0.85;
const REACH_SECONDS = 1800;
/** Rows looked at on each side of the time of day. */
const ROWS_A_SIDE = 2;
/** Share of its weight that a row at the end of the reach has lost. */
const SLOPE = 0.6;
const FEWEST_DAYS = 2;

export function timeOfDayExpert(name: string, sameWeekday: number): Expert {
  return {
    name,
    study(course) {
      const { values, day, levels } = course;
      const reach = course.rows(REACH_SECONDS);
      const offsets = new Set<number>();
      for (let i = -ROWS_A_SIDE; i <= ROWS_A_SIDE; i++) offsets.add(Math.round((i / ROWS_A_SIDE) * reach));
      const around = [...offsets].map((offset) => ({
        offset,
        weight: 1 - (reach > 0 ? SLOPE * (Math.abs(offset) / reach) : 0),
      }));
      const farthest = DAYS + Math.ceil(course.horizon / day) + 1;
      const dayWeights = Float64Array.from(
        { length: farthest },
        (_, d) => DAY_DECAY ** d * (d % 7 === 0 ? sameWeekday : 1),
      );
      const sample = new WeightedSample(DAYS * around.length);
      return (origin) => {
        if (origin < FEWEST_DAYS * day) return undefined;
        return (lead, into) => {
          const target = origin - 1 + lead;
          const nearest = Math.ceil(lead / day);
          sample.clear();
          for (let d = nearest; d < nearest + DAYS; d++) {
            const ofDay = dayWeights[d] ?? 0;
            for (const { offset, weight } of around) {
              const row = target - d * day + offset;
              const value = row >= 0 && row < origin ? (values[row] ?? NaN) : NaN;
              if (!Number.isNaN(value)) sample.add(value, ofDay * weight);
            }
          }
          if (sample.size === 0) return false;
          sample.quantiles(levels, into);
          return true;
        };
      };
    },
  };
}
