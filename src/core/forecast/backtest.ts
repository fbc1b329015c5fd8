/**
 * What every expert would have said at origins of the last days, beside what came.
 *
 * Origins lie three hours apart; at each a few leads of every horizon bucket are asked whose time has come since.
 * Experts are judged by the mean pinball loss in each bucket: what is best within the hour is seldom best tomorrow.
 */
import type { Expert, Past } from './expert.ts';
import { sanitise } from './expert.ts';
import { pinballLoss } from './quantiles.ts';

/** Upper ends of the horizon buckets, in seconds; the last reaches to the horizon. */
const BUCKET_SECONDS = [900, 3600, 3 * 3600, 8 * 3600, Infinity] as const;
const LEADS_PER_BUCKET = 4;
const ORIGIN_DISTANCE_SECONDS = 3 * 3600;
const ORIGINS = 20;

export interface Case {
  readonly origin: number;
  readonly bucket: number;
  readonly actual: number;
  /** Of each expert, in their order, its quantiles; undefined where it had nothing to say. */
  readonly predictions: readonly (Float64Array | undefined)[];
  /** Mean pinball loss of each. */
  readonly losses: readonly number[];
}

export const BUCKETS = BUCKET_SECONDS.length;

export function bucketOf(lead: number, stepSeconds: number): number {
  const seconds = lead * stepSeconds;
  return BUCKET_SECONDS.findIndex((end) => seconds <= end);
}

/** `past` is the whole series; every case is from its own values alone. */
export function backtest(experts: readonly Expert[], past: Past): Case[] {
  const leads = chosenLeads(past);
  const distance = Math.max(1, Math.round(ORIGIN_DISTANCE_SECONDS / past.stepSeconds));
  const cases: Case[] = [];
  const longest = leads.at(-1) ?? 0;
  for (let o = 1; o <= ORIGINS; o++) {
    const end = past.end - o * distance;
    if (end <= 0) break;
    const predictors = experts.map((expert) =>
      end < expert.minimumRows ? undefined : expert.prepare({ ...past, end, horizon: longest }),
    );
    if (predictors.every((predictor) => predictor === undefined)) break;
    for (const lead of leads) {
      const actual = past.values[end - 1 + lead] ?? NaN;
      if (end - 1 + lead >= past.end || Number.isNaN(actual)) continue;
      const predictions = predictors.map((predictor) => {
        const quantiles = new Float64Array(past.levels.length);
        if (predictor?.(lead, quantiles) !== true) return undefined;
        sanitise(quantiles, past.capacity);
        return quantiles;
      });
      const losses = predictions.map((p) => (p === undefined ? NaN : meanLoss(actual, p, past.levels)));
      cases.push({ origin: o, bucket: bucketOf(lead, past.stepSeconds), actual, predictions, losses });
    }
  }
  return cases;
}

export function meanLoss(actual: number, quantiles: Float64Array, levels: readonly number[]): number {
  let sum = 0;
  for (let l = 0; l < levels.length; l++) sum += pinballLoss(actual, quantiles[l] ?? 0, levels[l] ?? 0);
  return sum / levels.length;
}

/** A few leads of every bucket that the horizon reaches, evenly spread, ascending. */
function chosenLeads(past: Past): number[] {
  const leads = new Set<number>();
  let before = 0;
  for (const seconds of BUCKET_SECONDS) {
    const last = Math.min(past.horizon, Math.floor(seconds / past.stepSeconds));
    for (let i = 1; i <= LEADS_PER_BUCKET; i++) {
      const lead = before + Math.round(((last - before) * i) / LEADS_PER_BUCKET);
      if (lead > before) leads.add(lead);
    }
    before = Math.max(before, last);
  }
  return [...leads].sort((a, b) => a - b);
}
