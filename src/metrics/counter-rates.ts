/**
 * Rates of counters that a source gives as they stand (a kubelet's CPU seconds, its bytes received): from one look
 * to the next. Nothing is made up: where the rate is not known, it is not measured.
 */

interface Reading {
  readonly time: number;
  readonly value: number;
  /** Of the look before, for a reading that is asked for twice. */
  readonly rate: number | null;
}

/** A mean over a longer time says nothing of its end. */
const LONGEST_MS = 600_000;

export class CounterRates {
  readonly #readings = new Map<string, Reading>();
  #newest = -Infinity;

  /**
   * @param time of the reading by the counter's own clock, ms
   * @returns units per second since the last look; null at the first one, after a reset (the counter is lower than
   *   before, and what it counted up to the reset is lost), after a gap of more than 10 minutes, and where the
   *   reading is older than the last one. The same reading again has the same rate.
   */
  rate(key: string, time: number, value: number): number | null {
    const last = this.#readings.get(key);
    if (last !== undefined && time < last.time) return null;
    const rate = last === undefined ? null : rateBetween(last, time, value);
    this.#readings.set(key, { time, value, rate });
    this.#newest = Math.max(this.#newest, time);
    return rate;
  }

  /** Forgets counters that were not read for too long, as those of pods and nodes that are gone. */
  prune(): void {
    for (const [key, { time }] of this.#readings) {
      if (time < this.#newest - LONGEST_MS) this.#readings.delete(key);
    }
  }

  get size(): number {
    return this.#readings.size;
  }
}

function rateBetween(last: Reading, time: number, value: number): number | null {
  const ms = time - last.time;
  if (ms === 0) return last.rate;
  if (ms > LONGEST_MS || value < last.value) return null;
  return ((value - last.value) / ms) * 1000;
}
