/**
 * What came after the moments of the past that were most like this one: alike in the last value and in two smoothed
 * levels, and, for one variant, in the time of day. Quantiles of their futures (analogue forecasting).
 */
import type { Course } from '../course.ts';
import { leadGrid } from '../lead-errors.ts';
import { quantileOfSorted, sortFew } from '../quantiles.ts';
import type { Expert } from './expert.ts';

const MEMORY_DAYS = 7;
const SHORT_SPAN_ROWS = 6;
const LONG_SPAN_ROWS = 36;
const FEWEST_NEIGHBOURS = 40;
/** Of the rows of the memory, one in so many is a neighbour. */
const ONE_IN = 12;
const MOST_NEIGHBOURS = 120;
const FEWEST_ROWS = 150;

export interface NeighboursOptions {
  readonly name: string;
  /** Moments at another time of day are further away, and the memory is twice as long. */
  readonly sameTime: boolean;
  /** What came is taken as a change from what was, and added to what is. */
  readonly isRelative?: boolean;
  /** Neighbours at most; MOST_NEIGHBOURS unless told. */
  readonly most?: number;
}

export function neighboursExpert(options: NeighboursOptions): Expert {
  const { name, isRelative = false, most = MOST_NEIGHBOURS } = options;
  return {
    name,
    study(course) {
      const days = options.sameTime ? 2 * MEMORY_DAYS : MEMORY_DAYS;
      const distances = distancesIn(course, options.sameTime);
      const leads = leadGrid(course.horizon);
      return (origin) => {
        const oldest = Math.max(0, origin - days * course.day);
        const candidates = origin - oldest - course.horizon;
        if (candidates < FEWEST_ROWS || (options.sameTime && candidates < 3 * course.day)) return undefined;
        const count = Math.min(most, Math.max(FEWEST_NEIGHBOURS, Math.floor(candidates / ONE_IN)));
        const chosen = nearest(distances(origin, oldest, candidates), count, oldest);
        const base = isRelative ? course.smoothed(SHORT_SPAN_ROWS) : undefined;
        return futures(course, chosen, leads, base, base?.[origin - 1] ?? 0);
      };
    },
  };
}

/** Distances of `count` rows from `oldest` on to the row before `origin`. */
function distancesIn(course: Course, sameTime: boolean) {
  const { filled, day } = course;
  const short = course.smoothed(SHORT_SPAN_ROWS);
  const long = course.smoothed(LONG_SPAN_ROWS);
  return (origin: number, oldest: number, count: number): Float64Array => {
    const now = origin - 1;
    const [ofShort, ofLong, ofLast] = [short[now] ?? 0, long[now] ?? 0, filled[now] ?? 0];
    const perRow = sameTime ? (2 * spreadOf(filled, oldest, origin)) / (day / 8) : 0;
    const distances = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const row = oldest + i;
      const apart = (now - row) % day;
      distances[i] =
        Math.abs((short[row] ?? 0) - ofShort) +
        0.5 * Math.abs((long[row] ?? 0) - ofLong) +
        0.3 * Math.abs((filled[row] ?? 0) - ofLast) +
        perRow * Math.min(apart, day - apart);
    }
    return distances;
  };
}

/** Mean absolute difference from the mean. */
function spreadOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let row = from; row < to; row++) sum += values[row] ?? 0;
  const mean = sum / (to - from);
  let spread = 0;
  for (let row = from; row < to; row++) spread += Math.abs((values[row] ?? 0) - mean);
  return spread / (to - from);
}

/** Rows of the `count` smallest distances; of equal ones the latest. */
function nearest(distances: Float64Array, count: number, oldest: number): number[] {
  const limit = smallest(distances.slice(), count);
  const rows: number[] = [];
  for (let i = distances.length - 1; i >= 0 && rows.length < count; i--) {
    if ((distances[i] ?? Infinity) < limit) rows.push(oldest + i);
  }
  for (let i = distances.length - 1; i >= 0 && rows.length < count; i--) {
    if (distances[i] === limit) rows.push(oldest + i);
  }
  return rows;
}

/** The `count`-th smallest value (Hoare's quickselect, the pivot from the middle); disorders `values`. */
function smallest(values: Float64Array, count: number): number {
  const wanted = Math.min(count, values.length) - 1;
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1] ?? 0;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i += 1;
      while ((values[j] ?? 0) > pivot) j -= 1;
      if (i > j) break;
      const swapped = values[i] ?? 0;
      values[i] = values[j] ?? 0;
      values[j] = swapped;
      i += 1;
      j -= 1;
    }
    if (wanted <= j) high = j;
    else if (wanted >= i) low = i;
    else break;
  }
  return values[wanted] ?? Infinity;
}

/** Quantiles of what came `lead` rows after the rows chosen, made when a lead of the grid is first needed. */
function futures(
  course: Course,
  rows: readonly number[],
  leads: readonly number[],
  base: Float64Array | undefined,
  present: number,
) {
  const { filled, levels } = course;
  const made = new Map<number, Float64Array>();
  const sorted = new Float64Array(rows.length);
  const quantilesOf = (lead: number): Float64Array => {
    let quantiles = made.get(lead);
    if (quantiles === undefined) {
      rows.forEach((row, i) => (sorted[i] = present + (filled[row + lead] ?? 0) - (base?.[row] ?? 0)));
      sortFew(sorted, sorted.length);
      quantiles = Float64Array.from(levels, (level) => quantileOfSorted(sorted, level));
      made.set(lead, quantiles);
    }
    return quantiles;
  };
  return (lead: number, into: Float64Array): boolean => {
    const above = leads.find((l) => l >= lead) ?? leads.at(-1) ?? 1;
    const below = leads.findLast((l) => l <= lead) ?? above;
    const high = quantilesOf(above);
    const low = quantilesOf(below);
    const share = above > below ? (lead - below) / (above - below) : 0;
    for (let l = 0; l < into.length; l++) {
      into[l] = (low[l] ?? 0) + share * ((high[l] ?? 0) - (low[l] ?? 0));
    }
    return true;
  };
}
