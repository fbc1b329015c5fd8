/** Quantiles of samples, and reading them from a forecast. */
import type { QuantileForecast } from './types.ts';

/** Weighted samples in ascending order. Made once and cleared, since forecasts ask for thousands of quantiles. */
export class WeightedSample {
  readonly #values: Float64Array;
  readonly #weights: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
    this.#weights = new Float64Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  clear(): void {
    this.#size = 0;
  }

  /** Adds a value that is at least as large as all before. */
  append(value: number, weight: number): void {
    this.#values[this.#size] = value;
    this.#weights[this.#size] = weight;
    this.#size += 1;
  }

  /** Gives each of the samples `from`, …, `to` - 1 another weight. */
  reweigh(from: number, to: number, weight: number): void {
    this.#weights.fill(weight, from, to);
  }

  /**
   * Writes the quantiles of ascending `levels` to `into`. A value stands at the middle of its weight; between two
   * values the quantile is interpolated. The sample must not be empty.
   */
  quantiles(levels: readonly number[], into: Float64Array): void {
    const [values, weights, size] = [this.#values, this.#weights, this.#size];
    let total = 0;
    for (let i = 0; i < size; i++) total += weights[i] ?? 0;
    let l = 0;
    let wanted = (levels[0] ?? 0) * total;
    let sum = 0;
    let before = 0;
    for (let i = 0; i < size && l < levels.length; i++) {
      const weight = weights[i] ?? 0;
      const position = sum + weight / 2;
      while (wanted <= position && l < levels.length) {
        const upper = values[i] ?? 0;
        const lower = values[i - 1] ?? upper;
        const share = position > before ? (wanted - before) / (position - before) : 1;
        into[l] = i === 0 ? upper : lower + (upper - lower) * share;
        l += 1;
        wanted = (levels[l] ?? 0) * total;
      }
      before = position;
      sum += weight;
    }
    for (; l < levels.length; l++) into[l] = values[size - 1] ?? 0;
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
