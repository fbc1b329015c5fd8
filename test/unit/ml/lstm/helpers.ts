import type { Series } from '../../../../src/core/forecast/index.ts';
import type { KnownSeries } from '../../../../src/ml/known-series.ts';
import type { LstmTraining } from '../../../../src/ml/lstm/trainer.ts';
import { daily, series } from '../../core/forecast/helpers.ts';

/** Days of a rhythm of 5-minute rows, with noise. */
export function rhythms(count: number, days = 6): KnownSeries[] {
  return Array.from({ length: count }, (_, i) => {
    const values = daily(days, 2, i + 1).map((v) => v * (1 + i));
    const one: Series = series(values);
    return { series: one, resource: 'cpu' as const, capacity: 200, endRow: values.length };
  });
}

/** Enough to see it learn, not enough to be good. */
export const QUICK: LstmTraining = {
  steps: 100,
  moments: 16,
  leads: 6,
  learningRate: 1e-2,
  weightDecay: 0,
  seed: 1,
  mostSeconds: 60,
  seconds: () => performance.now() / 1000,
};

export const GRID = { stepSeconds: 300, horizon: 288 };
