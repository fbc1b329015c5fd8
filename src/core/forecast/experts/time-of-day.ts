/**
 * The load of the same time of day on past days: quantiles of what was seen then and up to half an hour around it,
 * later days weighing more, and the same weekday as much more as told.
 */
import type { Course } from '../course.ts';
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
      const past = course.shared('time of day', () => new SameTime(course, reach));
      const farthest = DAYS + Math.ceil(course.horizon / day) + 1;
      const ofDay = Float64Array.from(
        { length: farthest },
        (_, d) => DAY_DECAY ** d * (d % 7 === 0 ? sameWeekday : 1),
      );
      const sample = new WeightedSample(DAYS * past.offsets.length);
      return (origin) => {
        if (origin < FEWEST_DAYS * day) return undefined;
        return (lead, into) => {
          const count = past.find(origin, lead);
          if (count === 0) return false;
          sample.clear();
          for (let i = 0; i < count; i++) {
            const row = past.rows[i] ?? 0;
            const apart = origin - 1 + lead - row;
            const days = Math.round(apart / day);
            const offset = reach > 0 ? Math.abs(apart - days * day) / reach : 0;
            sample.append(values[row] ?? 0, (ofDay[days] ?? 0) * (1 - SLOPE * offset));
          }
          sample.quantiles(levels, into);
          return true;
        };
      };
    },
  };
}

/** The rows of past days around the time of day of one row, by ascending value. Profiles differ in how they weigh these. */
class SameTime {
  /** In rows. */
  readonly offsets: readonly number[];
  readonly rows: Uint32Array;
  readonly #course: Course;
  /** Of `origin` and `lead`. */
  #found = { origin: -1, lead: -1, count: 0 };

  constructor(course: Course, reach: number) {
    const offsets = new Set<number>();
    for (let i = -ROWS_A_SIDE; i <= ROWS_A_SIDE; i++) offsets.add(Math.round((i / ROWS_A_SIDE) * reach));
    this.offsets = [...offsets];
    this.#course = course;
    this.rows = new Uint32Array(DAYS * this.offsets.length);
  }

  /** Fills `rows` and returns how many there are. */
  find(origin: number, lead: number): number {
    if (this.#found.origin === origin && this.#found.lead === lead) return this.#found.count;
    const { day, order, values } = this.#course;
    const nearest = Math.ceil(lead / day);
    for (let d = nearest; d < nearest + DAYS; d++) {
      const sameTime = origin - 1 + lead - d * day;
      for (const offset of this.offsets) {
        const row = sameTime + offset;
        if (row >= 0 && row < origin && !Number.isNaN(values[row])) order.add(row);
      }
    }
    this.#found = { origin, lead, count: order.drain(this.rows) };
    return this.#found.count;
  }
}
