/**
 * The load stays what it was last, give or take what such a guess was off by in the series' own past at the same
 * lead. Hard to beat within the hour.
 */
import { defineExpert, stepsPerDay } from './expert.ts';
import type { Past } from './expert.ts';
import { quantileOfSorted } from './quantiles.ts';

/** Pairs of past values that a lead's errors are taken from, at most. */
const PAIRS = 160;
/** Fewer tell nothing about tails; the lead before is stretched instead. */
const FEWEST_PAIRS = 12;
/** Errors older than this belong to another time. */
const MEMORY_DAYS = 7;

interface LeadErrors {
  readonly lead: number;
  /** Error quantiles at the request's levels. */
  readonly quantiles: Float64Array;
}

export const LAST_VALUE = defineExpert({
  name: 'LastValue',
  minimumRows: 24,
  prepare(past) {
    const last = lastMeasured(past);
    if (last === undefined) return undefined;
    const value = past.values[last] ?? 0;
    const age = past.end - 1 - last;
    const errors = errorsByLead(past, last, past.horizon + age);
    const first = errors[0];
    if (first === undefined) return undefined;

    return (lead, into) => {
      const distance = lead + age;
      const upper = errors.find((e) => e.lead >= distance);
      const lower = errors.findLast((e) => e.lead <= distance) ?? first;
      // Between two leads the error grows about with the logarithm; past the last, as a random walk's.
      const share =
        upper === undefined || upper === lower
          ? 0
          : Math.log(distance / lower.lead) / Math.log(upper.lead / lower.lead);
      const stretch = upper === undefined ? Math.sqrt(distance / lower.lead) : 1;
      for (let l = 0; l < into.length; l++) {
        const low = lower.quantiles[l] ?? 0;
        const high = upper?.quantiles[l] ?? low;
        into[l] = value + (low + (high - low) * share) * stretch;
      }
      return true;
    };
  },
});

function lastMeasured(past: Past): number | undefined {
  for (let i = past.end - 1; i >= 0; i--) if (!Number.isNaN(past.values[i])) return i;
  return undefined;
}

/** Errors at leads 1, 2, 4, … up to the horizon, as far as the past holds enough pairs. */
function errorsByLead(past: Past, last: number, horizon: number): LeadErrors[] {
  const { values, levels } = past;
  const oldest = Math.max(0, last - MEMORY_DAYS * stepsPerDay(past.stepSeconds));
  const found: LeadErrors[] = [];
  for (let lead = 1; ; lead *= 2) {
    const stride = Math.max(1, Math.floor((last - lead - oldest) / PAIRS));
    const errors: number[] = [];
    for (let to = last; to - lead >= oldest; to -= stride) {
      const error = (values[to] ?? NaN) - (values[to - lead] ?? NaN);
      if (!Number.isNaN(error)) errors.push(error);
    }
    if (errors.length < FEWEST_PAIRS) break;
    const sorted = Float64Array.from(errors).sort();
    found.push({ lead, quantiles: Float64Array.from(levels, (level) => quantileOfSorted(sorted, level)) });
    if (lead >= horizon) break;
  }
  return found;
}
