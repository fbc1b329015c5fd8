/** What a node will have free: availability A = C - B of capacity C and background load B (design, section 1). */
import type { QuantileForecast } from './types.ts';

/**
 * Quantiles of availability from quantiles of load, on the same steps. The levels are mirrored: A is under its
 * 10 % quantile just when B is over its 90 % quantile.
 */
export function availabilityOf(load: QuantileForecast, capacity: number): QuantileForecast {
  const count = load.levels.length;
  // 1 - 0.9 is 0.09999…: rounded, so that mirrored levels compare equal to written ones.
  const levels = load.levels.map((level) => Math.round((1 - level) * 1e9) / 1e9).reverse();
  const values = new Float64Array(load.values.length);
  for (let step = 0; step < load.steps; step++) {
    for (let l = 0; l < count; l++) {
      const mirrored = load.values[step * count + (count - 1 - l)] ?? 0;
      values[step * count + l] = Math.max(0, capacity - mirrored);
    }
  }
  return { startTime: load.startTime, stepSeconds: load.stepSeconds, steps: load.steps, levels, values };
}
