/** The newest values of a kind, each with its time; older ones are given up, so that a busy type costs no more. */
import type { Weighted } from './weighted.ts';

/** After so much time a run counts half. */
const HALF_LIFE_MS = 14 * 86_400_000;

export class RecentValues {
  readonly #limit: number;
  readonly #times: number[] = [];
  readonly #values: number[] = [];
  /** Where the next one goes, once there are as many as are kept. */
  #next = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#values.length;
  }

  add(time: number, value: number): void {
    this.#times[this.#next] = time;
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.#limit;
  }

  /** @param newest time of the newest run of the type: what ended then has weight 1 */
  weighted(newest: number): Weighted[] {
    return this.#values.map((value, i) => ({
      value,
      weight: 2 ** (((this.#times[i] ?? newest) - newest) / HALF_LIFE_MS),
    }));
  }
}
