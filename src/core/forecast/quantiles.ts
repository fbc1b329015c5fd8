/** Quantiles of samples, and reading them from a forecast. */
import type { QuantileForecast } from './types.ts';

/** A few weighted samples, sorted as they are added. Made once and cleared, since forecasts ask for thousands of quantiles. */
export class WeightedSample {
  readonly #values: Float64Array;
  readonly #weights: Float64Array;
  #size = 0;
  #total = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
    this.#weights = new Float64Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  clear(): void {
    this.#size = 0;
    this.#total = 0;
  }

  /** Insertion keeps the sample sorted: for the hundred values of a step it is faster than sorting pairs. */
  add(value: number, weight: number): void {
    const values = this.#values;
    const weights = this.#weights;
    let i = this.#size;
    for (; i > 0 && (values[i - 1] ?? 0) > value; i--) {
      values[i] = values[i - 1] ?? 0;
      weights[i] = weights[i - 1] ?? 0;
    }
    values[i] = value;
    weights[i] = weight;
    this.#size += 1;
    this.#total += weight;
  }

  /** Adds a value that is at least as large as all before. */
  append(value: number, weight: number): void {
    this.#values[this.#size] = value;
    this.#weights[this.#size] = weight;
    this.#size += 1;
    this.#total += weight;
  }

  /**
   * Writes the quantiles of ascending `levels` to `into`. A value stands at the middle of its weight; between two
   * values the quantile is interpolated. The sample must not be empty.
   */
  quantiles(levels: readonly number[], into: Float64Array): void {
    const values = this.#values;
    const weights = this.#weights;
    const last = this.#size - 1;
    let i = 0;
    let position = (weights[0] ?? 0) / 2 / this.#total;
    let before = position;
    levels.forEach((level, l) => {
      while (position < level && i < last) {
        before = position;
        position += ((weights[i] ?? 0) + (weights[i + 1] ?? 0)) / 2 / this.#total;
        i += 1;
      }
      const upper = values[i] ?? 0;
      const lower = values[Math.max(0, i - 1)] ?? 0;
      const inside = i > 0 && position > level && position > before;
      into[l] = inside ? lower + ((upper - lower) * (level - before)) / (position - before) : upper;
    });
  }
}

/** Sorts the first `count` values in place. Few values are sorted faster by insertion than by the engine's sort. */
export function sortFew(values: Float64Array, count: number): void {
  if (count > 256) {
    values.subarray(0, count).sort();
    return;
  }
  for (let n = 1; n < count; n++) {
    const value = values[n] ?? 0;
    let i = n;
    for (; i > 0 && (values[i - 1] ?? 0) > value; i--) values[i] = values[i - 1] ?? 0;
    values[i] = value;
  }
}

/** Quantile of ascending values, interpolated between them. */
export function quantileOfSorted(sorted: Float64Array, level: number): number {
  const position = level * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? NaN;
  return low + (high - low) * (position - below);
}

/** Loss of a predicted quantile; its mean over levels and steps is what models are judged by (Koenker and Bassett, 1978). */
export function pinballLoss(actual: number, predicted: number, level: number): number {
  const difference = actual - predicted;
  return difference >= 0 ? level * difference : (level - 1) * difference;
}

/**
 * The quantile for the step that holds `time`, interpolated between the forecast's levels; outside of its levels
 * the outermost. Undefined outside of its steps.
 */
export function quantileAt(forecast: QuantileForecast, time: number, level: number): number | undefined {
  const step = Math.floor((time - forecast.startTime) / (forecast.stepSeconds * 1000));
  if (!(step >= 0 && step < forecast.steps)) return undefined;
  const { levels, values } = forecast;
  const above = levels.findIndex((l) => l >= level);
  const at = (l: number): number | undefined => values[step * levels.length + l];
  if (above === -1) return at(levels.length - 1);
  const high = at(above);
  const low = at(above - 1);
  const [highLevel, lowLevel] = [levels[above], levels[above - 1]];
  if (
    above === 0 ||
    high === undefined ||
    low === undefined ||
    highLevel === undefined ||
    lowLevel === undefined
  ) {
    return high;
  }
  return low + ((high - low) * (level - lowLevel)) / (highLevel - lowLevel);
}
