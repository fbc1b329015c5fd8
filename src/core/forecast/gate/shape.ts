/** What a series is like before an origin, in numbers without a unit: what the gate tells series apart by. */
import type { Course } from '../course.ts';

const MEMORY_DAYS = 7;
/** Rows of a block, and how many blocks: their means tell slow movement from noise. */
const BLOCK_ROWS = 12;
const BLOCKS = 24;
/** Keeps logarithms of next to nothing bounded. */
const SMALL = 1e-3;

export const SHAPE_FIGURES = 6;

export interface Shape {
  /** Mean of the last day. The gate sees values as `(value - location) / scale`. */
  readonly location: number;
  /** Standard deviation of the last week, at least a thousandth of its mean. */
  readonly scale: number;
  /** SHAPE_FIGURES numbers. */
  readonly figures: readonly number[];
}

export function shapeAt(course: Course, origin: number): Shape {
  const { filled, day } = course;
  const from = Math.max(0, origin - MEMORY_DAYS * day);
  const { mean, deviation } = momentsOf(filled, from, origin);
  const scale = Math.max(deviation, SMALL * (Math.abs(mean) + 1e-9));
  const location = momentsOf(filled, Math.max(0, origin - day), origin).mean;

  let change = 0;
  let least = Infinity;
  for (let row = from; row < origin; row++) {
    const value = filled[row] ?? 0;
    least = Math.min(least, value);
    if (row > from) change += Math.abs(value - (filled[row - 1] ?? 0));
  }
  let atLeast = 0;
  for (let row = from; row < origin; row++) if ((filled[row] ?? 0) <= least + SMALL * scale) atLeast += 1;
  const last = filled[origin - 1] ?? 0;
  let same = 0;
  for (let row = Math.max(0, origin - BLOCK_ROWS); row < origin; row++) if (filled[row] === last) same += 1;

  const rows = Math.max(1, origin - from);
  return {
    location,
    scale,
    figures: [
      Math.log(blockDeviation(filled, origin) / scale + SMALL),
      Math.log(change / rows / scale + SMALL),
      Math.log(scale / (Math.abs(mean) + 1e-9) + SMALL),
      atLeast / rows,
      same / BLOCK_ROWS,
      (last - location) / scale,
    ],
  };
}

function momentsOf(values: Float64Array, from: number, to: number): { mean: number; deviation: number } {
  const rows = Math.max(1, to - from);
  let sum = 0;
  for (let row = from; row < to; row++) sum += values[row] ?? 0;
  const mean = sum / rows;
  let squares = 0;
  for (let row = from; row < to; row++) squares += ((values[row] ?? 0) - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / rows) };
}

/** Standard deviation of the means of the last blocks. */
function blockDeviation(values: Float64Array, origin: number): number {
  const means: number[] = [];
  for (let b = 1; b <= BLOCKS && origin - b * BLOCK_ROWS >= 0; b++) {
    const from = origin - b * BLOCK_ROWS;
    means.push(momentsOf(values, from, from + BLOCK_ROWS).mean);
  }
  return means.length === 0 ? 0 : momentsOf(Float64Array.from(means), 0, means.length).deviation;
}
