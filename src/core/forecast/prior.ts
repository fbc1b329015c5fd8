/**
 * The forecast where there is no history: what nodes alike carry, or, where nothing is known of any, anything in
 * [0, capacity], lower values somewhat more so. The density then falls as the square root of what is free (Kumaraswamy's
 * distribution, a = 1, b = 3/2): median 37 %, 80 % interval 7 % to 78 % of capacity.
 */
import { quantileOfSorted } from './quantiles.ts';
import { seriesEnd } from './series.ts';
import type { ForecastRequest, QuantileForecast } from './types.ts';

/** As in a NodeForecast's status. */
export const PRIOR = 'Prior';
export const PRIOR_OF_LIKE_NODES = 'PriorOfLikeNodes';

/** Loads of other nodes, as shares of their capacity; ascending, not empty. */
export type LikeLoads = Float64Array;

export function priorForecast(
  { series, steps, levels, capacity }: ForecastRequest,
  alike?: LikeLoads,
): QuantileForecast {
  const shareAt = (level: number): number =>
    alike === undefined ? 1 - (1 - level) ** (2 / 3) : clamp(quantileOfSorted(alike, level));
  const quantiles = levels.map((level) => capacity * shareAt(level));
  const values = new Float64Array(steps * levels.length);
  for (let step = 0; step < steps; step++) values.set(quantiles, step * levels.length);
  return { startTime: seriesEnd(series), stepSeconds: series.stepSeconds, steps, levels, values };
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));
