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
/** Distances that are looked at to guess how small the smallest are. */
const PROBES = 64;

/**
 * The `most` rows before an origin that are most alike (fewer of a short past), in no order; undefined where the past is
 * too short.
 */
export type Moments = (origin: number, most: number) => Uint32Array | undefined;

/** Shared by all experts of the course that ask the same. */
export function momentsOf(course: Course, sameTime: boolean): Moments {
  return course.shared(`moments ${sameTime}`, () => findIn(course, sameTime));
}

function findIn(course: Course, sameTime: boolean): Moments {
  const { day, horizon } = course;
  const memory = (sameTime ? 2 : 1) * MEMORY_DAYS * day;
  const fewest = Math.max(FEWEST_ROWS, sameTime ? FEWEST_DAYS_IN_TIME * day : 0);
  const distances = new Float64Array(Math.min(memory, course.values.length));
  const measure = measureIn(course, sameTime, distances);
  const found: { origin: number; nearest: Nearest | undefined } = { origin: -1, nearest: undefined };
  return (origin, most) => {
    if (found.origin !== origin) {
      const oldest = Math.max(0, origin - memory);
      const candidates = origin - oldest - horizon; // a row counts only if all of its future is known
      found.origin = origin;
      found.nearest = undefined;
      if (candidates >= fewest) {
        const count = Math.min(MOST, Math.max(FEWEST, Math.floor(candidates / ONE_IN)));
        measure(origin, oldest, candidates);
        found.nearest = nearestOf(distances.subarray(0, candidates), count, oldest);
      }
    }
    return found.nearest === undefined ? undefined : pick(found.nearest, most);
  };
}

/** Writes the distances of `count` rows, from `oldest` on, to the row before `origin`. */
function measureIn(course: Course, sameTime: boolean, distances: Float64Array) {
  const { filled, day } = course;
  const short = course.smoothed(SHORT_SPAN_ROWS);
  const long = course.smoothed(LONG_SPAN_ROWS);
  return (origin: number, oldest: number, count: number): void => {
    const now = origin - 1;
    const [ofShort, ofLong, ofLast] = [short[now] ?? 0, long[now] ?? 0, filled[now] ?? 0];
    for (let i = 0; i < count; i++) {
      const row = oldest + i;
      distances[i] =
        Math.abs((short[row] ?? 0) - ofShort) +
        0.5 * Math.abs((long[row] ?? 0) - ofLong) +
        0.3 * Math.abs((filled[row] ?? 0) - ofLast);
    }
    if (!sameTime) return;
    const perRow = (TIME_WEIGHT * meanDeviation(filled, oldest, origin)) / day;
    let apart = (now - oldest) % day;
    for (let i = 0; i < count; i++) {
      distances[i] = (distances[i] ?? 0) + perRow * Math.min(apart, day - apart);
      apart = apart === 0 ? day - 1 : apart - 1;
    }
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

/** Rows that are near, the latest first, and how near. */
interface Nearest {
  readonly count: number;
  readonly rows: Uint32Array;
  readonly distances: Float64Array;
  /** `distances`, ascending. */
  readonly sorted: Float64Array;
}

/** At least the `count` nearest. */
function nearestOf(distances: Float64Array, count: number, oldest: number): Nearest {
  const bound = guessBound(distances, count);
  const rows = new Uint32Array(distances.length);
  const near = new Float64Array(distances.length);
  const gather = (within: number): number => {
    let size = 0;
    for (let i = distances.length - 1; i >= 0; i--) {
      const distance = distances[i] ?? 0;
      if (distance > within) continue;
      rows[size] = oldest + i;
      near[size] = distance;
      size += 1;
    }
    return size;
  };
  let size = gather(bound);
  if (size < count) size = gather(Infinity);
  const found = near.subarray(0, size);
  return { count, rows: rows.subarray(0, size), distances: found, sorted: found.slice().sort() };
}

/** As a rule somewhat more than `count` distances are within it: only these must be sorted. */
function guessBound(distances: Float64Array, count: number): number {
  const stride = Math.max(1, Math.floor(distances.length / PROBES));
  const probes = new Float64Array(Math.floor(distances.length / stride));
  for (let i = 0; i < probes.length; i++) probes[i] = distances[i * stride] ?? 0;
  probes.sort();
  const expected = (count / distances.length) * probes.length;
  return probes[Math.min(probes.length - 1, Math.ceil(expected + 2 * Math.sqrt(expected)))] ?? Infinity;
}

/** Of equally near rows the latest. */
function pick({ count, rows, distances, sorted }: Nearest, most: number): Uint32Array {
  const wanted = Math.min(count, most);
  const limit = sorted[wanted - 1] ?? Infinity;
  let ties = wanted;
  for (let i = 0; i < wanted && (sorted[i] ?? 0) < limit; i++) ties -= 1;
  const picked = new Uint32Array(wanted);
  let size = 0;
  for (let i = 0; i < rows.length && size < wanted; i++) {
    const distance = distances[i] ?? Infinity;
    if (distance > limit) continue;
    if (distance === limit) {
      if (ties === 0) continue;
      ties -= 1;
    }
    picked[size++] = rows[i] ?? 0;
  }
  return picked;
}
