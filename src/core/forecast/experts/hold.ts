/**
 * Loads that move in steps, such as devices allocated: the value holds for a while, and then it is drawn from what
 * was seen in the last days. How often it held over each lead is counted in the past.
 */
import type { Course } from '../course.ts';
import { leadGrid } from '../lead-errors.ts';
import { WeightedSample } from '../quantiles.ts';
import type { Expert } from './expert.ts';

const MEMORY_DAYS = 7;
const HALF_LIFE_SECONDS = 86_400;
/** Rows that the distribution after a change is taken from. */
const VALUES = 96;
const PARTS = 8;
const PAIRS = 200;
const FEWEST_ROWS = 48;
/** Values are the same that differ by less, as a share of the value. */
const SAME = 1e-3;

export const HOLD: Expert = {
  name: 'Hold',
  study(course) {
    const { filled, levels, day } = course;
    const leads = leadGrid(course.horizon);
    return (origin) => {
      if (origin < FEWEST_ROWS) return undefined;
      const oldest = Math.max(0, origin - MEMORY_DAYS * day);
      const present = filled[origin - 1] ?? 0;
      const held = leads.map((lead) => holdShare(course, lead, oldest, origin));
      const { values, weights, total } = recentValues(course, oldest, origin);
      const split = values.findIndex((value) => value > present);
      const below = split < 0 ? values.length : split;
      const sample = new WeightedSample(values.length + PARTS);
      for (let i = 0; i < below; i++) sample.append(values[i] ?? 0, weights[i] ?? 0);
      // In parts: a quantile between two values is interpolated, and inside of the mass there is nothing to.
      for (let i = 0; i < PARTS; i++) sample.append(present, 0);
      for (let i = below; i < values.length; i++) sample.append(values[i] ?? 0, weights[i] ?? 0);
      return (lead, into) => {
        const share = interpolate(leads, held, lead);
        const mass = (total * share) / Math.max(1e-3, 1 - share);
        sample.reweigh(below, below + PARTS, mass / PARTS);
        sample.quantiles(levels, into);
        return true;
      };
    };
  },
};

/** Some of the values of the last days, ascending, weighted by their age. */
function recentValues(
  course: Course,
  oldest: number,
  origin: number,
): { values: readonly number[]; weights: readonly number[]; total: number } {
  const halfLife = course.rows(HALF_LIFE_SECONDS);
  const stride = Math.max(1, Math.ceil((origin - oldest) / VALUES));
  const found: { value: number; weight: number }[] = [];
  for (let row = origin - 1; row >= oldest; row -= stride) {
    const value = course.values[row] ?? NaN;
    if (!Number.isNaN(value)) found.push({ value, weight: 0.5 ** ((origin - 1 - row) / halfLife) });
  }
  found.sort((a, b) => a.value - b.value);
  return {
    values: found.map(({ value }) => value),
    weights: found.map(({ weight }) => weight),
    total: found.reduce((sum, { weight }) => sum + weight, 0),
  };
}

/** Share of past rows whose value was the same `lead` rows later. */
function holdShare(course: Course, lead: number, oldest: number, origin: number): number {
  const { filled } = course;
  const stride = Math.max(1, Math.floor((origin - lead - oldest) / PAIRS));
  let pairs = 0;
  let same = 0;
  for (let to = origin - 1; to - lead >= oldest; to -= stride) {
    const now = filled[to] ?? 0;
    pairs += 1;
    if (Math.abs(now - (filled[to - lead] ?? 0)) <= SAME * Math.abs(now)) same += 1;
  }
  return pairs === 0 ? 0 : same / pairs;
}

function interpolate(leads: readonly number[], of: readonly number[], lead: number): number {
  const above = Math.max(
    0,
    leads.findIndex((l) => l >= lead),
  );
  const below = Math.max(0, above - 1);
  const [from = 0, to = 0] = [leads[below], leads[above]];
  const share = to > from ? Math.max(0, (lead - from) / (to - from)) : 0;
  return (of[below] ?? 0) + share * ((of[above] ?? 0) - (of[below] ?? 0));
}
