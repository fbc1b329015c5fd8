/**
 * Each expert's mean pinball loss of late, apart for every horizon bucket: over a few origins and over many. Kept up
 * as actual values come; what is judged is not judged again.
 */
import { BUCKETS } from './judging.ts';

/** Half-lives in judged origins: about half a day and three days of 5-minute rows. */
const HALF_LIVES = { fast: 4, slow: 24 } as const;

export type Memory = keyof typeof HALF_LIVES;

export class RunningLosses {
  readonly experts: number;
  readonly #sums: Readonly<Record<Memory, Float32Array>>;
  readonly #weights: Readonly<Record<Memory, Float32Array>>;
  #version = 0;

  constructor(experts: number) {
    this.experts = experts;
    const zeros = (): Float32Array => new Float32Array(BUCKETS * experts);
    this.#sums = { fast: zeros(), slow: zeros() };
    this.#weights = { fast: zeros(), slow: zeros() };
  }

  /** Another number after each change. */
  get version(): number {
    return this.#version;
  }

  /** @param losses of each expert, the mean over an origin's leads in the bucket; NaN: it said nothing */
  add(bucket: number, losses: Float64Array): void {
    this.#version += 1;
    for (const memory of ['fast', 'slow'] as const) {
      const decay = 0.5 ** (1 / HALF_LIVES[memory]);
      const [sums, weights] = [this.#sums[memory], this.#weights[memory]];
      losses.forEach((loss, expert) => {
        if (Number.isNaN(loss)) return;
        const i = bucket * this.experts + expert;
        sums[i] = (sums[i] ?? 0) * decay + loss;
        weights[i] = (weights[i] ?? 0) * decay + 1;
      });
    }
  }

  /** NaN where the expert was never judged in the bucket. */
  mean(memory: Memory, bucket: number, expert: number): number {
    const i = bucket * this.experts + expert;
    return (this.#sums[memory][i] ?? 0) / (this.#weights[memory][i] ?? 0);
  }

  /** All that it knows, as it is: who writes into it makes it know something else. */
  get arrays(): readonly Float32Array[] {
    return [this.#sums.fast, this.#sums.slow, this.#weights.fast, this.#weights.slow];
  }
}
