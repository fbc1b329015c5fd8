/** A forecast on one grid, told on another. */
import type { QuantileForecast } from './types.ts';

export interface Steps {
  readonly startTime: number;
  readonly stepSeconds: number;
  readonly steps: number;
}

/**
 * For every new step the mean, over the old steps that it overlaps and by the share that it does, of each
 * quantile. That is on the careful side: the mean of a step varies less than its parts unless those rise and fall
 * together, so the true quantiles of the mean lie within. New steps before or after the forecast take its first
 * or last step.
 */
export function resample(forecast: QuantileForecast, to: Steps): QuantileForecast {
  const { levels } = forecast;
  const from = forecast.stepSeconds * 1000;
  const values = new Float64Array(to.steps * levels.length);
  for (let step = 0; step < to.steps; step++) {
    const start = (to.startTime + step * to.stepSeconds * 1000 - forecast.startTime) / from;
    const end = start + (to.stepSeconds * 1000) / from;
    const first = clamp(Math.floor(start), 0, forecast.steps - 1);
    const last = clamp(Math.ceil(end) - 1, first, forecast.steps - 1);
    let total = 0;
    for (let old = first; old <= last; old++) {
      const overlap = Math.min(end, old + 1) - Math.max(start, old);
      const weight = first === last ? 1 : Math.max(0, overlap);
      total += weight;
      for (let l = 0; l < levels.length; l++) {
        const i = step * levels.length + l;
        values[i] = (values[i] ?? 0) + weight * (forecast.values[old * levels.length + l] ?? 0);
      }
    }
    for (let l = 0; l < levels.length; l++) {
      const i = step * levels.length + l;
      values[i] = (values[i] ?? 0) / total;
    }
  }
  const { startTime, stepSeconds, steps } = to;
  return { startTime, stepSeconds, steps, levels, values };
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
