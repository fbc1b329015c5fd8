/**
 * The forecast where there is no history: anything in [0, capacity], lower values somewhat more so. The density falls
 * as the square root of what is free (Kumaraswamy's distribution, a = 1, b = 3/2): median 37 %, 80 % interval 7 % to
 * 78 % of capacity.
 */
import { seriesEnd } from './series.ts';
import type { ForecastRequest, QuantileForecast } from './types.ts';

/** As in a NodeForecast's status. */
export const PRIOR = 'Prior';

export function priorForecast({ series, steps, levels, capacity }: ForecastRequest): QuantileForecast {
  const quantiles = levels.map((level) => capacity * (1 - (1 - level) ** (2 / 3)));
  const values = new Float64Array(steps * levels.length);
  for (let step = 0; step < steps; step++) values.set(quantiles, step * levels.length);
  return { startTime: seriesEnd(series), stepSeconds: series.stepSeconds, steps, levels, values };
}
