/**
 * Keeps intervals honest: how far the lower and the upper quantiles stand from the median is stretched or shrunk until
 * the 10 % and the 90 % quantile are passed as often as they say, apart for every horizon bucket.
 *
 * Adaptive conformal inference (Gibbs and Candès, NeurIPS 2021) on the logarithm of the stretch: each actual value
 * beyond a quantile widens that side by much, each one within narrows it by little. Ties are within: a load that
 * stays at 0 is no reason to narrow.
 */
import { BUCKETS } from './judging.ts';

/** Share of values that shall lie beyond each of the two quantiles. */
const BEYOND = 0.1;
const RATE = 0.02;
/** Logarithm; a stretch of 1/2 to 3. */
const NARROWEST = Math.log(0.5);
const WIDEST = Math.log(3);

export class Calibration {
  /** Logarithms of the stretch, by bucket. */
  readonly #lower = new Float32Array(BUCKETS);
  readonly #upper = new Float32Array(BUCKETS);

  /** All that it knows, as it is. */
  get arrays(): readonly Float32Array[] {
    return [this.#lower, this.#upper];
  }

  /** Stretches quantiles in place; ascending ones stay so. */
  apply(bucket: number, levels: readonly number[], quantiles: Float64Array): void {
    const middle = quantiles[levels.indexOf(0.5)] ?? 0;
    const lower = Math.exp(this.#lower[bucket] ?? 0);
    const upper = Math.exp(this.#upper[bucket] ?? 0);
    levels.forEach((level, l) => {
      const stretch = level < 0.5 ? lower : upper;
      quantiles[l] = middle + stretch * ((quantiles[l] ?? 0) - middle);
    });
  }

  /** @param quantiles as they were after `apply` */
  learn(bucket: number, levels: readonly number[], quantiles: Float64Array, actual: number): void {
    const low = quantiles[levels.indexOf(0.1)] ?? 0;
    const high = quantiles[levels.indexOf(0.9)] ?? 0;
    const middle = quantiles[levels.indexOf(0.5)] ?? 0;
    if (middle > low || actual < low) step(this.#lower, bucket, actual < low);
    if (high > middle || actual > high) step(this.#upper, bucket, actual > high);
  }
}

function step(stretch: Float32Array, bucket: number, isBeyond: boolean): void {
  const changed = (stretch[bucket] ?? 0) + RATE * ((isBeyond ? 1 : 0) - BEYOND);
  stretch[bucket] = Math.min(WIDEST, Math.max(NARROWEST, changed));
}
