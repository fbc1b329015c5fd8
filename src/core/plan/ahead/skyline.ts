/**
 * What own tasks are going to take of one node over time: a skyline of steps, from now until everything has ended.
 * Steps side by side in which the same is taken are one.
 *
 * Times are seconds from now. Amounts are by dimension (dimensions.ts).
 */
import type { Group } from '../columns.ts';

type Demand = Pick<Group, 'demand'>;

const FIRST_STEPS = 8;

export class Skyline {
  /** Starts of the steps, ascending; the first is -Infinity, and the last goes on for ever. */
  #times = new Float64Array(FIRST_STEPS);
  /** A row of amounts a step. */
  #taken: Float64Array;
  #steps = 1;
  readonly #limits: Float64Array;

  /** @param limits by dimension */
  constructor(limits: Float64Array) {
    this.#limits = limits;
    this.#taken = new Float64Array(FIRST_STEPS * limits.length);
    this.#times[0] = -Infinity;
  }

  /**
   * The earliest start, at `from` or later, of a run of `duration` seconds that fits; Infinity where there is none
   * before `latest`.
   */
  earliest(group: Demand, from: number, duration: number, latest = Infinity): number {
    const times = this.#times;
    const steps = this.#steps;
    let start = from;
    for (let step = this.#stepAt(from); step < steps; step++) {
      const begin = times[step] ?? 0;
      if (begin >= start + duration && begin > start) return start;
      if (this.#holds(group, step)) continue;
      start = step + 1 < steps ? (times[step + 1] ?? Infinity) : Infinity;
      if (start >= latest) return Infinity;
    }
    return start;
  }

  add(group: Demand, start: number, end: number): void {
    if (end <= start) return;
    const first = this.#split(start);
    const last = end === Infinity ? this.#steps : this.#split(end);
    for (let step = first; step < last; step++) {
      const row = step * this.#limits.length;
      for (let d = 0; d < this.#limits.length; d++)
        this.#taken[row + d] = (this.#taken[row + d] ?? 0) + (group.demand[d] ?? 0);
    }
    this.#join(last);
    this.#join(first);
  }

  #holds(group: Demand, step: number): boolean {
    const row = step * this.#limits.length;
    for (let d = 0; d < this.#limits.length; d++) {
      const asked = group.demand[d] ?? 0;
      if (asked > 0 && (this.#taken[row + d] ?? 0) + asked > (this.#limits[d] ?? 0)) return false;
    }
    return true;
  }

  /** The last step that begins at or before a time. */
  #stepAt(time: number): number {
    let low = 0;
    let high = this.#steps - 1;
    if ((this.#times[high] ?? 0) <= time) return high;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#times[middle] ?? 0) <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Makes a step begin at a time, and returns it. */
  #split(time: number): number {
    const before = this.#stepAt(time);
    if (this.#times[before] === time) return before;
    if (this.#steps === this.#times.length) this.#grow();
    for (let step = this.#steps; step > before; step--) this.#copy(step - 1, step);
    this.#times[before + 1] = time;
    this.#steps += 1;
    return before + 1;
  }

  /** Makes a step one with that before it, if the same is taken in both. */
  #join(step: number): void {
    if (step < 1 || step >= this.#steps) return;
    const width = this.#limits.length;
    for (let d = 0; d < width; d++) {
      if (this.#taken[step * width + d] !== this.#taken[(step - 1) * width + d]) return;
    }
    this.#steps -= 1;
    for (let to = step; to < this.#steps; to++) this.#copy(to + 1, to);
  }

  #copy(from: number, to: number): void {
    this.#times[to] = this.#times[from] ?? 0;
    const width = this.#limits.length;
    for (let d = 0; d < width; d++) this.#taken[to * width + d] = this.#taken[from * width + d] ?? 0;
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#times.length);
    const taken = new Float64Array(2 * this.#taken.length);
    times.set(this.#times);
    taken.set(this.#taken);
    this.#times = times;
    this.#taken = taken;
  }
}
