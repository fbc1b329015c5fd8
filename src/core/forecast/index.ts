/** From a series of load to quantiles of what a node will have free (README). */
export { availabilityOf } from './availability.ts';
export { ALL_ORIGINS, FEW_ORIGINS, forecastSeries, memoryFor } from './forecast.ts';
export type { SeriesRequest } from './forecast.ts';
export type { FirstOrigins } from './forecaster.ts';
export type { SeriesMemory, SeriesMemoryState } from './memory.ts';
export {
  AUTO,
  ENSEMBLE,
  LIBRARY_NAMES,
  MODEL_NAMES,
  NO_LIBRARY,
  UnknownModelError,
  modelInUse,
} from './models.ts';
export type { ModelLibrary, SeriesKind } from './models.ts';
export { PRIOR, PRIOR_OF_LIKE_NODES, priorForecast } from './prior.ts';
export type { LikeLoads } from './prior.ts';
export { pinballLoss, quantileAt } from './quantiles.ts';
export { resample } from './resample.ts';
export { gatherSeries, measuredSteps, seriesEnd } from './series.ts';
export { DECILES, LEVELS } from './types.ts';
export type { Accuracy, ForecastRequest, QuantileForecast, Series, SeriesForecast } from './types.ts';
