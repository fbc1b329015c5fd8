/**
 * How well a model did on what came since it is watched: its loss against the seasonal-naive forecast's, and how often
 * the 80 % interval held. Old cases fade.
 */
import { crps } from './judge.ts';
import type { Accuracy } from './types.ts';

/** Half-life in judged leads: about three days of 5-minute rows. */
const HALF_LIFE = 24 * 16;
const DECAY = 0.5 ** (1 / HALF_LIFE);

export interface RunningAccuracyState {
  readonly loss: number;
  readonly naiveLoss: number;
  readonly compared: number;
  readonly held: number;
  readonly judged: number;
}

const NOTHING: RunningAccuracyState = { loss: 0, naiveLoss: 0, compared: 0, held: 0, judged: 0 };

export class RunningAccuracy {
  #state: RunningAccuracyState;

  constructor(state: RunningAccuracyState = NOTHING) {
    this.#state = state;
  }

  get state(): RunningAccuracyState {
    return this.#state;
  }

  /** @param naive quantiles of the seasonal-naive forecast; undefined in the first day */
  add(
    actual: number,
    quantiles: Float64Array,
    naive: Float64Array | undefined,
    levels: readonly number[],
  ): void {
    const s = this.#state;
    const low = quantiles[levels.indexOf(0.1)] ?? 0;
    const high = quantiles[levels.indexOf(0.9)] ?? 0;
    const edge = 1e-9 * Math.abs(actual); // a constant series lies on its own quantiles
    const holds = actual >= low - edge && actual <= high + edge ? 1 : 0;
    const compares = naive !== undefined;
    this.#state = {
      held: s.held * DECAY + holds,
      judged: s.judged * DECAY + 1,
      loss: s.loss * DECAY + (compares ? crps(actual, quantiles, 0, levels) : 0),
      naiveLoss: s.naiveLoss * DECAY + (compares ? crps(actual, naive, 0, levels) : 0),
      compared: s.compared * DECAY + (compares ? 1 : 0),
    };
  }

  /** @param amount of a typical load: what losses are negligible against */
  result(amount: number): Accuracy {
    const { loss, naiveLoss, compared, held, judged } = this.#state;
    // Where both are without a fault they are alike.
    const negligible = Math.max(amount, 1e-300) * 1e-9 * compared;
    return {
      lossRatio: compared === 0 ? undefined : (loss + negligible) / (naiveLoss + negligible),
      coverage: judged === 0 ? undefined : held / judged,
    };
  }
}
