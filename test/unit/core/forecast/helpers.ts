import type { QuantileForecast, Series } from '../../../../src/core/forecast/index.ts';
import { Course } from '../../../../src/core/forecast/course.ts';
import { GATE_LEVELS } from '../../../../src/core/forecast/gate/inputs.ts';

export const DAY = 86_400_000;
export const START = Date.UTC(2026, 2, 1);

/** Five-minute steps. */
export const series = (values: ArrayLike<number>, stepSeconds = 300): Series => ({
  startTime: START,
  stepSeconds,
  values: Float64Array.from(values),
});

export const course = (values: ArrayLike<number>, horizon = 288, stepSeconds = 300): Course =>
  new Course(series(values, stepSeconds), { horizon, levels: GATE_LEVELS, capacity: 100 });

/** Quantiles of one step. */
export const stepOf = (forecast: QuantileForecast, step: number): number[] => [
  ...forecast.values.slice(step * forecast.levels.length, (step + 1) * forecast.levels.length),
];

/** Repeatable numbers in [0, 1) (Park and Miller's generator). */
export function random(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** A rhythm of a day between 20 and 60 with noise of ±`noise`. */
export function daily(days: number, noise: number, seed = 1): Float64Array {
  const next = random(seed);
  return Float64Array.from(
    { length: days * 288 },
    (_, i) => 40 + 20 * Math.sin((i / 288) * 2 * Math.PI) + noise * (2 * next() - 1),
  );
}
