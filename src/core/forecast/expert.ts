/**
 * What the ensemble combines: models that can be asked at any point of the past.
 *
 * An expert is prepared once for an origin and then asked for single leads, so that a backtest of a few leads at
 * many origins costs little. Nothing after the origin may be read.
 */
import type { ForecastModel, ForecastRequest, QuantileForecast } from './types.ts';
import { seriesEnd } from './series.ts';

/** A series up to an origin: `values[0 … end)` is known. */
export interface Past {
  readonly values: Float64Array;
  /** Index of the first step that is not known: lead 1. */
  readonly end: number;
  readonly stepSeconds: number;
  /** Largest lead that will be asked for. */
  readonly horizon: number;
  readonly levels: readonly number[];
  readonly capacity: number;
}

/** Writes the quantiles of step `end - 1 + lead` (lead ≥ 1) to `into`; false where it has nothing to say. */
export type Predictor = (lead: number, into: Float64Array) => boolean;

export interface Expert extends ForecastModel {
  /** Undefined where this past is too short or too broken. */
  prepare(past: Past): Predictor | undefined;
}

export const stepsPerDay = (stepSeconds: number): number => Math.max(1, Math.round(86_400 / stepSeconds));

/** Makes an expert a whole ForecastModel. */
export function defineExpert(parts: Pick<Expert, 'name' | 'minimumRows' | 'prepare'>): Expert {
  return {
    ...parts,
    forecast(request) {
      const predictor = parts.prepare(pastOf(request));
      return predictAll(request, predictor ?? (() => false));
    },
  };
}

export function pastOf(request: ForecastRequest): Past {
  const { series, steps, levels, capacity } = request;
  const { values, stepSeconds } = series;
  return { values, end: values.length, stepSeconds, horizon: steps, levels, capacity };
}

/** All leads of a request; what the predictor has no answer for is the prior's. Clipped to [0, capacity] and ascending. */
export function predictAll(request: ForecastRequest, predictor: Predictor): QuantileForecast {
  const { series, steps, levels, capacity } = request;
  const values = new Float64Array(steps * levels.length);
  const quantiles = new Float64Array(levels.length);
  for (let step = 0; step < steps; step++) {
    if (!predictor(step + 1, quantiles)) priorQuantiles(levels, capacity, quantiles);
    sanitise(quantiles, capacity);
    values.set(quantiles, step * levels.length);
  }
  return { startTime: seriesEnd(series), stepSeconds: series.stepSeconds, steps, levels, values };
}

/** Clips to [0, capacity] and makes later quantiles at least the earlier ones. */
export function sanitise(quantiles: Float64Array, capacity: number): void {
  let least = 0;
  for (let l = 0; l < quantiles.length; l++) {
    least = Math.max(least, Math.min(quantiles[l] ?? 0, capacity));
    quantiles[l] = least;
  }
}

/**
 * What is believed of a load that nobody has seen: anything in [0, capacity], lower values somewhat more so. The
 * density falls as the square root of what is free (Kumaraswamy's distribution, a = 1, b = 3/2): median 37 %,
 * 80 % interval 7 % to 78 % of capacity.
 */
export function priorQuantiles(levels: readonly number[], capacity: number, into: Float64Array): void {
  levels.forEach((level, l) => {
    into[l] = capacity * (1 - (1 - level) ** (1 / 1.5));
  });
}
