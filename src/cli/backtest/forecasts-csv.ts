/** Forecasts as CSV: `series,origin,step,q0.1,…,q0.9`, a line a step, steps from 1. */
import type { QuantileForecast } from '../../core/forecast/index.ts';
import type { Task } from './tasks.ts';

/** Significant digits: as many as a float32 holds, which is what histories are commonly stored in. */
const DIGITS = 7;

export const forecastsCsv = {
  head(levels: readonly number[]): string {
    return `series,origin,step,${levels.map((level) => `q${level}`).join(',')}\n`;
  },

  rows(task: Task, { levels, steps, values }: QuantileForecast): string {
    let text = '';
    for (let step = 0; step < steps; step++) {
      const quantiles = levels.map((level, l) => shorten(values[step * levels.length + l] ?? 0, level));
      text += `${task.series},${task.origin},${step + 1},${quantiles.join(',')}\n`;
    }
    return text;
  },
};

/** Outwards, so that an interval still holds what lies on its edge: load is often exactly what it was before. */
function shorten(value: number, level: number): string {
  if (value === 0 || level === 0.5) return String(Number(value.toPrecision(DIGITS)));
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - DIGITS + 1);
  const rounded = (level < 0.5 ? Math.floor(value / unit) : Math.ceil(value / unit)) * unit;
  return String(Number(rounded.toPrecision(DIGITS)));
}
