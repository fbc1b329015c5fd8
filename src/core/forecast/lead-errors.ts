/**
 * How far a guess was off at each lead: empirical quantiles of `values[t + lead] - guess(t)` over the past.
 *
 * Leads are taken on a logarithmic grid and interpolated between. Quantiles change slowly and cost a sort each, so
 * that a table is made anew only every half day and used for the origins until the next.
 */
import type { Course } from './course.ts';
import { quantileOfSorted } from './quantiles.ts';

const LEADS = 14;
/** Pairs of rows that a lead's errors are taken from, at most. */
const PAIRS = 64;
/** Fewer say nothing about tails. */
const FEWEST_PAIRS = 12;
const REFRESH_SECONDS = 43_200;
/** … of fine rows, more often: their histories are short. */
const REFRESH_FINE_ROWS = 48;
const FINE_STEP_SECONDS = 120;

/** What was guessed at row t for `lead` later is `level + slope * base[t]` of that lead. */
export interface Guess {
  readonly target: Float64Array;
  readonly base: Float64Array;
  /** Rows that errors are taken from. */
  readonly memoryRows: number;
  /** Fits level and slope by least squares for each lead; without it they are 0 and 1. */
  readonly isFitted: boolean;
}

export interface ErrorTable {
  /** Writes `level + slope * base + error quantiles` of a lead. */
  predict(lead: number, base: number, into: Float64Array): void;
}

export function leadGrid(horizon: number): number[] {
  const leads = new Set<number>();
  for (let i = 0; i < LEADS; i++) leads.add(Math.round(horizon ** (i / (LEADS - 1))));
  return [...leads];
}

/** Tables by origin; undefined where the past is too short. */
export function errorTables(course: Course, guess: Guess): (origin: number) => ErrorTable | undefined {
  const isFine = course.stepSeconds < FINE_STEP_SECONDS;
  const refresh = isFine ? REFRESH_FINE_ROWS : Math.max(1, Math.round(course.rows(REFRESH_SECONDS)));
  const leads = leadGrid(course.horizon);
  const tables = new Map<number, ErrorTable | undefined>();
  return (origin) => {
    const first = Math.min(origin, refresh);
    const end = Math.max(first, Math.floor(origin / refresh) * refresh);
    if (!tables.has(end)) tables.set(end, makeTable(course.levels, guess, leads, end));
    return tables.get(end);
  };
}

function makeTable(
  levels: readonly number[],
  guess: Guess,
  grid: readonly number[],
  end: number,
): ErrorTable | undefined {
  const { target, base } = guess;
  const oldest = Math.max(0, end - Math.ceil(guess.memoryRows));
  const width = levels.length + 2;
  const table = new Float64Array(grid.length * width);
  const leads: number[] = [];
  const errors = new Float64Array(PAIRS + 1);
  for (const lead of grid) {
    const stride = Math.max(1, Math.ceil((end - lead - oldest) / PAIRS));
    const [level, slope] = guess.isFitted ? fit(target, base, lead, oldest, end, stride) : [0, 1];
    let count = 0;
    for (let to = end - 1; to - lead >= oldest; to -= stride) {
      const error = (target[to] ?? NaN) - level - slope * (base[to - lead] ?? NaN);
      if (!Number.isNaN(error)) errors[count++] = error;
    }
    if (count < FEWEST_PAIRS) break;
    const sorted = errors.subarray(0, count).sort();
    const row = leads.length * width;
    leads.push(lead);
    table[row] = level;
    table[row + 1] = slope;
    for (let l = 0; l < levels.length; l++) table[row + 2 + l] = quantileOfSorted(sorted, levels[l] ?? 0);
  }
  if (leads.length === 0) return undefined;
  const mixed = new Float64Array(width);
  return {
    predict(lead, present, into) {
      interpolate(table, leads, lead, mixed);
      const centre = (mixed[0] ?? 0) + (mixed[1] ?? 0) * present;
      for (let l = 0; l < into.length; l++) into[l] = centre + (mixed[l + 2] ?? 0);
    },
  };
}

/** Least squares of target on base a lead before; shrunk towards the mean where base hardly varies. */
function fit(
  target: Float64Array,
  base: Float64Array,
  lead: number,
  oldest: number,
  end: number,
  stride: number,
): [level: number, slope: number] {
  let n = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumXY = 0;
  for (let to = end - 1; to - lead >= oldest; to -= stride) {
    const y = target[to] ?? NaN;
    const x = base[to - lead] ?? NaN;
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    n += 1;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
  }
  if (n === 0) return [0, 0];
  const variance = sumXX / n - (sumX / n) ** 2;
  const covariance = sumXY / n - (sumX * sumY) / n / n;
  const negligible = 1e-12 * (sumXX / n) + 1e-300;
  const slope = Math.min(1, Math.max(0, covariance / (variance + negligible)));
  return [sumY / n - (slope * sumX) / n, slope];
}

/** Rows of `table` stand at `leads`; beyond the last it stays. */
function interpolate(table: Float64Array, leads: readonly number[], lead: number, into: Float64Array): void {
  let above = 0;
  while (above < leads.length - 1 && (leads[above] ?? 0) < lead) above += 1;
  const below = Math.max(0, above - 1);
  const from = leads[below] ?? 0;
  const to = leads[above] ?? 0;
  const share = to > from ? Math.min(1, Math.max(0, (lead - from) / (to - from))) : 0;
  const width = into.length;
  for (let i = 0; i < width; i++) {
    const low = table[below * width + i] ?? 0;
    into[i] = low + share * ((table[above * width + i] ?? 0) - low);
  }
}
