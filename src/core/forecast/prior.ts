/** The forecast where there is no history: see `priorQuantiles` for what it says. */
import { predictAll } from './expert.ts';
import type { ForecastModel, ForecastRequest, QuantileForecast } from './types.ts';

export const PRIOR: ForecastModel = { name: 'Prior', minimumRows: 0, forecast: priorForecast };

export function priorForecast(request: ForecastRequest): QuantileForecast {
  return predictAll(request, () => false);
}
