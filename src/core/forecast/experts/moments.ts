/**
 * Which moments of the past were most like the one before an origin: alike in the last value and in two smoothed
 * levels, and, where told, in the time of day.
 */
import type { Course } from '../course.ts';

export const SHORT_SPAN_ROWS = 6;
const LONG_SPAN_ROWS = 36;
/** Days looked back; twice as many where the time of day counts, since it lets few of each day near. */
const MEMORY_DAYS = 7;
const FEWEST_ROWS = 150;
const FEWEST_DAYS_IN_TIME = 3;
/** Of the rows of the memory, one in so many is alike, within bounds. */
const ONE_IN = 12;
const FEWEST = 40;
const MOST = 120;
/** Six hours apart count as much as twice the mean deviation of the load. */
const TIME_WEIGHT = 16;

/** Rows before an origin, the most alike first; undefined where the past is too short. */
export type Moments = (origin: number) => readonly number[] | undefined;

/** Shared by all experts of the course that ask the same. */
export function momentsOf(course: Course, sameTime: boolean): Moments {
  return course.shared(`moments ${sameTime}`, () => findIn(course, sameTime));
}

function findIn(course: Course, sameTime: boolean): Moments {
  const { day, horizon } = course;
  const memory = (sameTime ? 2 : 1) * MEMORY_DAYS * day;
  const fewest = Math.max(FEWEST_ROWS, sameTime ? FEWEST_DAYS_IN_TIME * day : 0);
  const measure = measureIn(course, sameTime);
  const found: { origin: number; rows: readonly number[] | undefined } = { origin: -1, rows: undefined };
  return (origin) => {
    if (found.origin === origin) return found.rows;
    const oldest = Math.max(0, origin - memory);
    const candidates = origin - oldest - horizon; // a row counts only if all of its future is known
    found.origin = origin;
    found.rows = undefined;
    if (candidates >= fewest) {
      const count = Math.min(MOST, Math.max(FEWEST, Math.floor(candidates / ONE_IN)));
      found.rows = nearest(measure(origin, oldest, candidates), count, oldest);
    }
    return found.rows;
  };
}

/** Distances of `count` rows, from `oldest` on, to the row before `origin`. */
function measureIn(course: Course, sameTime: boolean) {
  const { filled, day } = course;
  const short = course.smoothed(SHORT_SPAN_ROWS);
  const long = course.smoothed(LONG_SPAN_ROWS);
  return (origin: number, oldest: number, count: number): Float64Array => {
    const now = origin - 1;
    const [ofShort, ofLong, ofLast] = [short[now] ?? 0, long[now] ?? 0, filled[now] ?? 0];
    const perRow = sameTime ? (TIME_WEIGHT * meanDeviation(filled, oldest, origin)) / day : 0;
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
function meanDeviation(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let row = from; row < to; row++) sum += values[row] ?? 0;
  const mean = sum / (to - from);
  let deviation = 0;
  for (let row = from; row < to; row++) deviation += Math.abs((values[row] ?? 0) - mean);
  return deviation / (to - from);
}

/** Rows of the `count` smallest distances, ascending; of equal ones the latest first. */
function nearest(distances: Float64Array, count: number, oldest: number): number[] {
  const limit = smallest(distances.slice(), count);
  const found: number[] = [];
  const ties: number[] = [];
  for (let i = distances.length - 1; i >= 0; i--) {
    const distance = distances[i] ?? Infinity;
    if (distance < limit) found.push(i);
    else if (distance === limit && ties.length < count) ties.push(i);
  }
  found.sort((a, b) => (distances[a] ?? 0) - (distances[b] ?? 0) || b - a);
  return [...found, ...ties].slice(0, count).map((i) => oldest + i);
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
