/**
 * The ensemble: the quantiles of the experts, averaged with weights of their own for every horizon bucket.
 *
 * An expert weighs (loss + ε)^-4 by its pinball loss in the backtest. Quantiles are averaged, not probabilities:
 * that keeps the result as sharp as its parts (Lichtendahl et al., Management Science 2013).
 */
import { BUCKETS, bucketOf } from './backtest.ts';
import type { Case } from './backtest.ts';
import type { Past, Predictor } from './expert.ts';

const POWER = 4;
/** Added to every loss, as a share of capacity: keeps experts that were never wrong from shutting out the others. */
const EPSILON = 1e-4;

/** Summed losses of each expert in each bucket, so that a single origin can be left out again. */
export class LossTable {
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;
  /** Predictions of a case beyond these are of no expert. */
  readonly experts: number;

  constructor(experts: number) {
    this.experts = experts;
    this.#sums = new Float64Array(BUCKETS * experts);
    this.#counts = new Float64Array(BUCKETS * experts);
  }

  /** `sign` -1 takes a case out again. */
  add(one: Case, sign: 1 | -1 = 1): void {
    one.losses.forEach((loss, expert) => {
      if (Number.isNaN(loss) || expert >= this.experts) return;
      const i = one.bucket * this.experts + expert;
      this.#sums[i] = (this.#sums[i] ?? 0) + sign * loss;
      this.#counts[i] = (this.#counts[i] ?? 0) + sign;
    });
  }

  /** Weights of the experts in a bucket; those without a case in it have none, unless that holds for all. */
  weights(bucket: number, capacity: number): Float64Array {
    const weights = new Float64Array(this.experts);
    let largest = 0;
    for (let expert = 0; expert < this.experts; expert++) {
      const i = bucket * this.experts + expert;
      const count = this.#counts[i] ?? 0;
      if (count <= 0) continue;
      const loss = Math.max(0, (this.#sums[i] ?? 0) / count) / (capacity > 0 ? capacity : 1);
      weights[expert] = (loss + EPSILON) ** -POWER;
      largest = Math.max(largest, weights[expert] ?? 0);
    }
    return largest === 0 ? weights.fill(1) : weights.map((w) => w / largest);
  }
}

/** Averages quantiles; false where no expert with weight has any. */
export function average(
  predictions: readonly (Float64Array | undefined)[],
  weights: Float64Array,
  into: Float64Array,
): boolean {
  let total = 0;
  into.fill(0);
  predictions.forEach((quantiles, expert) => {
    const weight = weights[expert] ?? 0;
    if (quantiles === undefined || weight === 0) return;
    total += weight;
    for (let l = 0; l < into.length; l++) into[l] = (into[l] ?? 0) + weight * (quantiles[l] ?? 0);
  });
  if (total === 0) return false;
  for (let l = 0; l < into.length; l++) into[l] = (into[l] ?? 0) / total;
  return true;
}

/** The experts' predictors as one. */
export function combine(
  predictors: readonly (Predictor | undefined)[],
  losses: LossTable,
  past: Past,
): Predictor {
  const weights = Array.from({ length: BUCKETS }, (_, bucket) => losses.weights(bucket, past.capacity));
  const buffers = predictors.map(() => new Float64Array(past.levels.length));
  return (lead, into) => {
    const predictions = predictors.map((predictor, expert) => {
      const buffer = buffers[expert];
      return buffer !== undefined && predictor?.(lead, buffer) === true ? buffer : undefined;
    });
    const ofBucket = weights[bucketOf(lead, past.stepSeconds)];
    // A lead further than any that could be tested: every expert alike.
    if (ofBucket !== undefined && average(predictions, ofBucket, into)) return true;
    return average(predictions, new Float64Array(predictors.length).fill(1), into);
  };
}
