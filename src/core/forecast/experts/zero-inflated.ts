/**
 * Loads that are nothing most of the time and something in bursts, as GPUs of inference pods are: how likely nothing
 * is, times what was seen when there was something (a hurdle model: Mullahy, Journal of Econometrics 1986).
 *
 * How likely: how often it was nothing so many rows after a moment like this one (nothing or something, for about as
 * long), later moments counting more; and by how much the time of day was emptier or fuller than the rest.
 */
import type { Course } from '../course.ts';
import { leadGrid } from '../lead-errors.ts';
import { WeightedSample } from '../quantiles.ts';
import type { Expert } from './expert.ts';

/** Of the capacity: less is nothing. */
const NOTHING = 1e-3;
const FEWEST_ROWS = 24;
/** How far back moments are compared, and after how long one counts half. */
const MEMORY = { days: 7, rows: 1440 } as const;
const HALF_LIFE_SHARE = 1 / 4;
/** What was seen when there was something: after so many rows with something a row counts half. */
const POSITIVE_HALF_LIFE = 20;
const POSITIVE_ROWS = 120;
/** Rows since the last change, from which on a run is as good as endless; powers of 2 are alike. */
const LONGEST_RUN = 64;
/** Moments that the share of all moments counts as. */
const PRIOR_MOMENTS = 4;
const FEWEST_DAYS = 3;
const PROFILE_DAYS = 14;
const AROUND_ROWS = 3;
/** After so many days half of what the time of day seems to tell is believed. */
const DAYS_OF_DOUBT = 5;
/** Chances are never surer than this. */
const DOUBT = 1e-3;

export const ZERO_INFLATED: Expert = {
  name: 'ZeroInflated',
  study(course) {
    const { values, filled, capacity, horizon } = course;
    const isNothing = Uint8Array.from(filled, (value) => (value <= NOTHING * capacity ? 1 : 0));
    const runs = runClasses(isNothing);
    const leads = leadGrid(horizon);
    const sample = new WeightedSample(POSITIVE_ROWS);
    return (origin) => {
      if (origin < FEWEST_ROWS) return undefined;
      sample.clear();
      const seen: { readonly value: number; readonly weight: number }[] = [];
      for (let row = origin - 1; row >= 0 && seen.length < POSITIVE_ROWS; row--) {
        const value = values[row] ?? NaN;
        if (isNothing[row] === 1 || Number.isNaN(value)) continue;
        seen.push({ value, weight: 0.5 ** (seen.length / POSITIVE_HALF_LIFE) });
      }
      seen.sort((a, b) => a.value - b.value);
      for (const { value, weight } of seen) sample.append(value, weight);
      const shares = leads.map(() => NaN);
      const shareAt = (index: number): number => {
        const found = shares[index] ?? NaN;
        if (!Number.isNaN(found)) return found;
        return (shares[index] = shareAfter(course, isNothing, runs, origin, leads[index] ?? 1));
      };
      const shift = shiftByTime(course, isNothing, origin);
      const inner = new Float64Array(course.levels.length);
      return (lead, into) => {
        const nothing = sample.size === 0 ? 1 : chanceOf(oddsOf(between(leads, shareAt, lead)) + shift(lead));
        const above = course.levels.map((level) => (level - nothing) / Math.max(1e-9, 1 - nothing));
        if (sample.size > 0)
          sample.quantiles(
            above.map((level) => Math.max(0, level)),
            inner,
          );
        for (let l = 0; l < into.length; l++) into[l] = (above[l] ?? 0) <= 0 ? 0 : (inner[l] ?? 0);
        return true;
      };
    };
  },
};

/** Of every row: whether it is nothing, and for about how long that has lasted. */
function runClasses(isNothing: Uint8Array): Uint8Array {
  let run = 0;
  return isNothing.map((nothing, row) => {
    run = row > 0 && isNothing[row - 1] === nothing ? Math.min(LONGEST_RUN, run + 1) : 1;
    return 2 * Math.floor(Math.log2(run)) + nothing;
  });
}

/** Share of the moments like the one before `origin` of which the row `lead` later was nothing. */
function shareAfter(
  { day }: Course,
  isNothing: Uint8Array,
  runs: Uint8Array,
  origin: number,
  lead: number,
): number {
  const memory = Math.max(MEMORY.rows, MEMORY.days * day);
  const oldest = Math.max(0, origin - memory);
  const halfLife = HALF_LIFE_SHARE * memory;
  const decay = 0.5 ** (1 / halfLife);
  const now = runs[origin - 1];
  const nothing = isNothing[origin - 1];
  const alike = { weight: 0, nothing: 0 };
  const state = { weight: 0, nothing: 0 };
  const all = { weight: 0, nothing: 0 };
  let weight = 1;
  for (let row = origin - 1 - lead; row >= oldest; row--, weight *= decay) {
    const came = isNothing[row + lead] === 1 ? weight : 0;
    all.weight += weight;
    all.nothing += came;
    if (isNothing[row] !== nothing) continue;
    state.weight += weight;
    state.nothing += came;
    if (runs[row] !== now) continue;
    alike.weight += weight;
    alike.nothing += came;
  }
  const ofAll = (all.nothing + 0.5) / (all.weight + 1);
  const ofState = (state.nothing + PRIOR_MOMENTS * ofAll) / (state.weight + PRIOR_MOMENTS);
  return (alike.nothing + PRIOR_MOMENTS * ofState) / (alike.weight + PRIOR_MOMENTS);
}

/** By how much nothing is likelier (in log odds) at a lead's time of day than at others; 0 in the first days. */
function shiftByTime(
  { day, filled }: Course,
  isNothing: Uint8Array,
  origin: number,
): (lead: number) => number {
  if (origin < FEWEST_DAYS * day || filled.length === 0) return () => 0;
  const days = Math.min(PROFILE_DAYS, Math.floor(origin / day));
  let all = 0;
  for (let row = origin - days * day; row < origin; row++) all += isNothing[row] ?? 0;
  const usual = oddsOf(all / (days * day));
  const trust = days / (days + DAYS_OF_DOUBT);
  return (lead) => {
    const target = origin - 1 + lead;
    const nearest = Math.ceil(lead / day);
    let nothing = 0;
    let rows = 0;
    for (let d = nearest; d < nearest + days; d++) {
      for (let r = target - d * day - AROUND_ROWS; r <= target - d * day + AROUND_ROWS; r++) {
        if (r < 0 || r >= origin) continue;
        nothing += isNothing[r] ?? 0;
        rows += 1;
      }
    }
    const share = (nothing + chanceOf(usual) * (2 * AROUND_ROWS + 1)) / (rows + 2 * AROUND_ROWS + 1);
    return trust * (oddsOf(share) - usual);
  };
}

/** Interpolated between the leads of the grid. */
function between(leads: readonly number[], valueAt: (index: number) => number, lead: number): number {
  const above = leads.findIndex((l) => l >= lead);
  if (above === -1) return valueAt(leads.length - 1);
  const high = leads[above] ?? lead;
  if (above === 0 || high === lead) return valueAt(above);
  const low = leads[above - 1] ?? 1;
  const from = valueAt(above - 1);
  return from + ((valueAt(above) - from) * (lead - low)) / (high - low);
}

const oddsOf = (chance: number): number => {
  const bounded = Math.min(1 - DOUBT, Math.max(DOUBT, chance));
  return Math.log(bounded / (1 - bounded));
};

const chanceOf = (odds: number): number => 1 / (1 + Math.exp(-odds));
