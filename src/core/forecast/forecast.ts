/**
 * The entry: a series in, quantiles of its load on the steps asked for out, with what the past says of their worth.
 *
 * Models are tuned on 300 s steps and 14 days of history; a forecast of 24 hours from them takes some milliseconds.
 */
import { accuracyOf } from './accuracy.ts';
import { backtest } from './backtest.ts';
import { LossTable, combine } from './combine.ts';
import { DAY_PROFILE } from './day-profile.ts';
import { pastOf, predictAll } from './expert.ts';
import type { Expert } from './expert.ts';
import { LAST_VALUE } from './last-value.ts';
import { PRIOR, priorForecast } from './prior.ts';
import { recentHistogram } from './recent-histogram.ts';
import { resample } from './resample.ts';
import type { Steps } from './resample.ts';
import { SEASONAL_NAIVE } from './seasonal-naive.ts';
import { measuredSteps, seriesEnd } from './series.ts';
import { LEVELS } from './types.ts';
import type { Resource } from '../resources.ts';
import type { ForecastRequest, Series, SeriesForecast } from './types.ts';

const EXPERTS: readonly Expert[] = [
  LAST_VALUE,
  DAY_PROFILE,
  recentHistogram('RecentHistogram', 2 * 3600),
  recentHistogram('DayHistogram', 24 * 3600),
];

/** The experts weighted by their recent losses. */
export const ENSEMBLE = 'Ensemble';

/** Single models that can be asked for by name, and the choice of all of them. */
export const MODEL_NAMES: readonly string[] = [...EXPERTS.map((e) => e.name), ENSEMBLE, PRIOR.name];

export interface SeriesRequest extends Steps {
  readonly series: Series;
  /** Upper bound of the load, in the series' unit. */
  readonly capacity: number;
  /** `Auto`, the default, is the ensemble; or one of MODEL_NAMES. Throws UnknownModelError on another. */
  readonly model?: string;
  /** Levels of the answer, ascending; LEVELS unless told. */
  readonly levels?: readonly number[];
  readonly resource?: Resource;
}

export class UnknownModelError extends Error {
  override name = 'UnknownModelError';

  constructor(model: string) {
    super(`there is no forecast model ${model}; there are Auto, ${MODEL_NAMES.join(', ')}`);
  }
}

/** Quantiles (LEVELS) of load for every step; of the prior, and named so, where the series is too short for a model. */
export function forecastSeries(request: SeriesRequest): SeriesForecast {
  const { series, capacity } = request;
  const { name, experts } = chosen(request.model ?? 'Auto');
  const asked: ForecastRequest = {
    series,
    steps: ownSteps(request),
    levels: request.levels ?? LEVELS,
    capacity,
  };
  const past = pastOf(asked);
  const rows = measuredSteps(series);
  const predictors = experts.map((e) => (rows < e.minimumRows ? undefined : e.prepare(past)));
  if (predictors.every((predictor) => predictor === undefined)) {
    return {
      forecast: resample(priorForecast(asked), request),
      model: PRIOR.name,
      accuracy: { lossRatio: undefined, coverage: undefined },
    };
  }

  const cases = backtest([...experts, SEASONAL_NAIVE], past);
  const losses = new LossTable(experts.length);
  for (const one of cases) losses.add(one);
  const forecast = predictAll(asked, combine(predictors, losses, past));
  return { forecast: resample(forecast, request), model: name, accuracy: accuracyOf(cases, losses, past) };
}

function chosen(model: string): { name: string; experts: readonly Expert[] } {
  if (model === 'Auto' || model === ENSEMBLE) return { name: ENSEMBLE, experts: EXPERTS };
  if (model === PRIOR.name) return { name: PRIOR.name, experts: [] };
  const expert = EXPERTS.find((e) => e.name === model);
  if (expert === undefined) throw new UnknownModelError(model);
  return { name: expert.name, experts: [expert] };
}

/** Steps of the series' own grid from its end to the end of what is asked for; at least one. */
function ownSteps(request: SeriesRequest): number {
  const end = request.startTime + request.steps * request.stepSeconds * 1000;
  return Math.max(1, Math.ceil((end - seriesEnd(request.series)) / (request.series.stepSeconds * 1000)));
}
