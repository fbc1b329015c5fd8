/**
 * How well a model did on what came since it is watched: its loss against the seasonal-naive forecast's, and how often
 * the 80 % interval held. Old cases fade.
 */
import { crps } from './judge.ts';
import type { Accuracy } from './types.ts';

/** Half-life in judged leads: about three days of 5-minute rows. */
const HALF_LIFE = 24 * 16;
const DECAY = 0.5 ** (1 / HALF_LIFE);

/** Places of the sums, all of them faded. */
const [LOSS, NAIVE_LOSS, COMPARED, HELD, JUDGED] = [0, 1, 2, 3, 4] as const;

export class RunningAccuracy {
  readonly #sums = new Float32Array(5);

  /** All that it knows, as it is. */
  get arrays(): readonly Float32Array[] {
    return [this.#sums];
  }

  /** @param naive quantiles of the seasonal-naive forecast; undefined in the first day */
  add(
    actual: number,
    quantiles: Float64Array,
    naive: Float64Array | undefined,
    levels: readonly number[],
  ): void {
    const low = quantiles[levels.indexOf(0.1)] ?? 0;
    const high = quantiles[levels.indexOf(0.9)] ?? 0;
    const edge = 1e-9 * Math.abs(actual); // a constant series lies on its own quantiles
    const holds = actual >= low - edge && actual <= high + edge ? 1 : 0;
    const compares = naive !== undefined;
    this.#fade(HELD, holds);
    this.#fade(JUDGED, 1);
    this.#fade(LOSS, compares ? crps(actual, quantiles, 0, levels) : 0);
    this.#fade(NAIVE_LOSS, compares ? crps(actual, naive, 0, levels) : 0);
    this.#fade(COMPARED, compares ? 1 : 0);
  }

  #fade(place: number, added: number): void {
    this.#sums[place] = (this.#sums[place] ?? 0) * DECAY + added;
  }

  /** @param amount of a typical load: what losses are negligible against */
  result(amount: number): Accuracy {
    const [loss = 0, naiveLoss = 0, compared = 0, held = 0, judged = 0] = this.#sums;
    // Where both are without a fault they are alike.
    const negligible = Math.max(amount, 1e-300) * 1e-9 * compared;
    return {
      lossRatio: compared === 0 ? undefined : (loss + negligible) / (naiveLoss + negligible),
      coverage: judged === 0 ? undefined : held / judged,
    };
  }
}
