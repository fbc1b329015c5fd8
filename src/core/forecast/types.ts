/**
 * What goes into a forecast and what comes out of it.
 *
 * Loads are background loads (design, section 1): what everything that Foreshard did not place uses of a
 * node's resource, in base units (see `core/resources`). Times are milliseconds since the epoch.
 */

/** A series on a regular grid. `values[i]` is the mean load of `[startTime + i * step, … + step)`; NaN where nothing was measured. */
export interface Series {
  readonly startTime: number;
  readonly stepSeconds: number;
  readonly values: Float64Array;
}

/** Quantile levels that every forecast carries, ascending. */
export const LEVELS = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95] as const;

/** Levels that forecasters are compared by. */
export const DECILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;

/** Predicted quantiles of load: `values[step * levels.length + level]`, ascending over levels, within [0, capacity]. */
export interface QuantileForecast {
  /** Start of step 0. */
  readonly startTime: number;
  readonly stepSeconds: number;
  readonly steps: number;
  readonly levels: readonly number[];
  readonly values: Float64Array;
}

/** What a model is asked: quantiles for `steps` steps of the series' own grid, from the first step after its end. */
export interface ForecastRequest {
  readonly series: Series;
  readonly steps: number;
  readonly levels: readonly number[];
  /** Upper bound of the load, in the series' unit. */
  readonly capacity: number;
}

/** How well a forecast did on the recent past of its own series. */
export interface Accuracy {
  /** Mean pinball loss of the model over that of the seasonal-naive forecast; below 1 is better. Undefined without a full day of history. */
  readonly lossRatio: number | undefined;
  /** Share of actual values inside the 80 % interval. */
  readonly coverage: number | undefined;
}

export interface SeriesForecast {
  readonly forecast: QuantileForecast;
  /** The model (or `Ensemble`, or `Prior` where there is no history) that made it. */
  readonly model: string;
  readonly accuracy: Accuracy;
}
