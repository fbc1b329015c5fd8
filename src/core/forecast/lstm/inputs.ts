/**
 * What the LSTM sees of a series at an origin, and of a lead. The same code makes the inputs for training and for use.
 *
 * Values are standardised by the mean and deviation of the window before the origin, so that one network serves loads
 * of every size. What a lead's time of day was like on the days before is given to it, for three days are too few for
 * a network to find a rhythm in, and a window of weeks costs more than it tells.
 */
import { RESOURCES } from '../../resources.ts';
import type { Resource } from '../../resources.ts';
import type { Course } from '../course.ts';
import { CHANNELS, RECENT_ROWS, STATIC_FIGURES } from './shape.ts';
import type { LstmShape } from './shape.ts';

/** Standardised values beyond it tell nothing more. */
const LIMIT = 10;
const SMALL = 1e-3;
/** Days before whose same time of day a lead is told of, one by one. */
const SINGLE_DAYS = 3;
const PROFILE_DAYS = 14;
/** Rows on each side of a time of day that belong to it. */
const AROUND_SECONDS = 600;
/** Blocks, of those the window has, that must be there. */
const FEWEST_SHARE = 1 / 3;

export interface LstmInput {
  readonly location: number;
  readonly scale: number;
  /** `[block * CHANNELS + channel]`, the oldest first. */
  readonly blocks: Float64Array;
  readonly figures: Float64Array;
}

/** Fewest rows before an origin that the network has something to say about. */
export function fewestRows({ blocks, blockRows }: LstmShape): number {
  return Math.ceil(blocks * FEWEST_SHARE) * blockRows;
}

/** The row before the origin is measured, and at least `fewestRows` come before. */
export function inputAt(
  course: Course,
  origin: number,
  shape: LstmShape,
  resource: Resource | undefined,
): LstmInput {
  const { filled, capacity, day } = course;
  const { blocks: count, blockRows } = shape;
  const from = Math.max(0, origin - count * blockRows);
  const { mean, deviation, least } = momentsOf(filled, from, origin);
  const scale = deviation + SMALL * (Math.abs(mean) + 1e-9);
  const standard = (value: number): number => clamp((value - mean) / scale);

  const blocks = new Float64Array(count * CHANNELS); // blocks before the first row are 0: the mean
  for (let b = 0; b < count; b++) {
    const first = origin - (count - b) * blockRows;
    if (first < 0) continue;
    let sum = 0;
    let low = Infinity;
    let high = -Infinity;
    for (let row = first; row < first + blockRows; row++) {
      const value = filled[row] ?? 0;
      sum += value;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    blocks[b * CHANNELS] = standard(sum / blockRows);
    blocks[b * CHANNELS + 1] = standard(high);
    blocks[b * CHANNELS + 2] = standard(low);
  }

  const figures = new Float64Array(STATIC_FIGURES);
  let i = 0;
  for (let age = RECENT_ROWS; age >= 1; age--) figures[i++] = standard(filled[origin - age] ?? mean);
  for (const r of RESOURCES) figures[i++] = r === resource ? 1 : 0;
  let atLeast = 0;
  for (let row = from; row < origin; row++) if ((filled[row] ?? 0) <= least + SMALL * scale) atLeast += 1;
  figures[i++] = atLeast / Math.max(1, origin - from);
  figures[i++] = Math.log(scale / (Math.abs(mean) + 1e-9) + SMALL);
  figures[i++] = Math.log(scale / capacity + 1e-4);
  figures[i++] = mean / capacity;
  const now = timeOfDay(course, origin - 1, origin);
  figures[i++] = now === undefined ? 0 : clamp(((filled[origin - 1] ?? 0) - now.mean) / scale);
  figures[i] = Math.min(PROFILE_DAYS, origin / day) / PROFILE_DAYS;
  return { location: mean, scale, blocks, figures };
}

/** Writes the LEAD_FIGURES figures of a lead to `into`, from `offset` on. */
export function fillLead(
  course: Course,
  origin: number,
  lead: number,
  input: LstmInput,
  into: Float64Array,
  offset = 0,
): void {
  const { location, scale } = input;
  const { day } = course;
  const target = origin - 1 + lead;
  const nearest = Math.ceil(lead / day);
  let i = offset;
  into[i++] = Math.log(lead);
  into[i++] = Math.sqrt(lead / day);
  into[i++] = lead / day;
  for (let d = nearest; d < nearest + SINGLE_DAYS; d++) {
    const value = around(course, target - d * day, origin);
    into[i++] = Number.isNaN(value) ? 0 : clamp((value - location) / scale);
  }
  const weekly = around(course, target - Math.ceil(lead / (7 * day)) * 7 * day, origin);
  into[i++] = Number.isNaN(weekly) ? 0 : clamp((weekly - location) / scale);
  const profile = timeOfDay(course, target, origin);
  into[i++] = profile === undefined ? 0 : clamp((profile.mean - location) / scale);
  into[i++] = profile === undefined ? 0 : Math.min(LIMIT, profile.deviation / scale);
  into[i++] = Math.min(SINGLE_DAYS, profile?.days ?? 0) / SINGLE_DAYS;
  into[i] = Number.isNaN(weekly) ? 0 : 1;
}

/** Moments of the values at a row's time of day on the days before the origin; undefined where there is none. */
function timeOfDay(
  course: Course,
  row: number,
  origin: number,
): { mean: number; deviation: number; days: number } | undefined {
  const { filled, day } = course;
  const nearest = Math.max(1, Math.ceil((row - origin + 1) / day));
  let days = 0;
  let sum = 0;
  let squares = 0;
  for (let d = nearest; d < nearest + PROFILE_DAYS; d++) {
    const before = row - d * day;
    if (before < 0) break;
    const value = filled[before] ?? 0;
    days += 1;
    sum += value;
    squares += value * value;
  }
  if (days === 0) return undefined;
  const mean = sum / days;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / days - mean * mean)), days };
}

/** Mean of the rows about one, of those before the origin; NaN where there is none. */
function around(course: Course, row: number, origin: number): number {
  if (row < 0) return NaN;
  const reach = Math.round(course.rows(AROUND_SECONDS));
  let sum = 0;
  let count = 0;
  for (let r = Math.max(0, row - reach); r <= row + reach && r < origin; r++) {
    sum += course.filled[r] ?? 0;
    count += 1;
  }
  return sum / count;
}

function momentsOf(
  values: Float64Array,
  from: number,
  to: number,
): { mean: number; deviation: number; least: number } {
  const rows = Math.max(1, to - from);
  let sum = 0;
  let least = Infinity;
  for (let row = from; row < to; row++) {
    const value = values[row] ?? 0;
    sum += value;
    least = Math.min(least, value);
  }
  const mean = sum / rows;
  let squares = 0;
  for (let row = from; row < to; row++) squares += ((values[row] ?? 0) - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / rows), least };
}

const clamp = (value: number): number => Math.min(LIMIT, Math.max(-LIMIT, value));
