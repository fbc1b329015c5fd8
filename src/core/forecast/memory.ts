/**
 * What is known of a series beside its values: how its experts did, how far its intervals are off, how good its
 * forecasts were. Kept between forecasts, so that each origin of the past is judged once; survives a restart as state.
 *
 * All numbers are 32-bit floats, so that what is written is what was there.
 */
import { RunningAccuracy } from './accuracy.ts';
import { Calibration } from './calibration.ts';
import type { Part } from './judging.ts';
import { RunningLosses } from './running-losses.ts';

export interface SeriesMemoryState {
  readonly model: string;
  /** Names of the experts: losses are of these, in their order. */
  readonly experts: readonly string[];
  readonly judged: Readonly<Record<Part, number>>;
  readonly values: Float32Array;
}

export class SeriesMemory {
  /** It is of this model, and of no use to another. */
  readonly model: string;
  readonly experts: readonly string[];
  readonly losses: RunningLosses;
  readonly calibration = new Calibration();
  readonly accuracy = new RunningAccuracy();
  /** Number of the last origin (counted from the epoch) of which each part was judged; -1: none. */
  readonly judged: Record<Part, number> = { near: -1, far: -1 };

  /** A state of another model, of other experts or of another size is left out. */
  constructor(model: string, experts: readonly string[], state?: SeriesMemoryState) {
    this.model = model;
    this.experts = experts;
    this.losses = new RunningLosses(experts.length);
    if (state?.model !== model || state.experts.join() !== experts.join()) return;
    if (state.values.length !== this.#size) return;
    Object.assign(this.judged, state.judged);
    let from = 0;
    for (const array of this.#arrays) {
      array.set(state.values.subarray(from, from + array.length));
      from += array.length;
    }
  }

  state(): SeriesMemoryState {
    const values = new Float32Array(this.#size);
    let at = 0;
    for (const array of this.#arrays) {
      values.set(array, at);
      at += array.length;
    }
    return { model: this.model, experts: this.experts, judged: { ...this.judged }, values };
  }

  get #arrays(): readonly Float32Array[] {
    return [...this.losses.arrays, ...this.calibration.arrays, ...this.accuracy.arrays];
  }

  get #size(): number {
    return this.#arrays.reduce((size, { length }) => size + length, 0);
  }
}
