/** Irregular samples to a regular grid. Gaps stay gaps: nothing is interpolated. */
import type { Series } from './types.ts';

export interface Samples {
  /** Ascending, ms. */
  readonly time: ArrayLike<number>;
  /** NaN: not measured. */
  readonly values: ArrayLike<number>;
}

export interface Grid {
  readonly from: number;
  readonly to: number;
  readonly stepSeconds: number;
}

/**
 * The mean of the samples of every step; NaN where there is none. Steps begin at multiples of their length since
 * the epoch, so that nodes share a grid, and the last one is the last that is over by `to`.
 */
export function gatherSeries(samples: Samples, grid: Grid): Series {
  const stepMs = grid.stepSeconds * 1000;
  const startTime = Math.floor(grid.from / stepMs) * stepMs;
  const steps = Math.max(0, Math.floor(grid.to / stepMs) - Math.floor(grid.from / stepMs));
  const sums = new Float64Array(steps);
  const counts = new Uint32Array(steps);
  for (let i = 0; i < samples.time.length; i++) {
    const value = samples.values[i] ?? NaN;
    const step = Math.floor(((samples.time[i] ?? NaN) - startTime) / stepMs);
    if (!(step >= 0 && step < steps) || Number.isNaN(value)) continue;
    sums[step] = (sums[step] ?? 0) + value;
    counts[step] = (counts[step] ?? 0) + 1;
  }
  // 0 / 0 is NaN: a step without a sample.
  return { startTime, stepSeconds: grid.stepSeconds, values: sums.map((sum, i) => sum / (counts[i] ?? 0)) };
}

export function seriesEnd(series: Series): number {
  return series.startTime + series.values.length * series.stepSeconds * 1000;
}

/** Steps that were measured. */
export function measuredSteps(series: Series): number {
  return series.values.reduce((count, value) => (Number.isNaN(value) ? count : count + 1), 0);
}
