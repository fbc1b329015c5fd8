/**
 * What own tasks are going to take of one node over time: a skyline of steps, from now until everything has ended.
 *
 * Times are seconds from now. Amounts are by dimension (dimensions.ts).
 */
import type { Group } from '../columns.ts';

type Demand = Pick<Group, 'demand' | 'used'>;

export class Skyline {
  /** Starts of the steps, ascending; the first is -Infinity, and the last goes on for ever. */
  readonly #times: number[] = [-Infinity];
  /** A row of amounts a step. */
  readonly #taken: Float64Array[];
  readonly #limits: Float64Array;

  /** @param limits by dimension */
  constructor(limits: Float64Array) {
    this.#limits = limits;
    this.#taken = [new Float64Array(limits.length)];
  }

  /** The earliest start, at `from` or later, of a run of `duration` seconds that fits; Infinity where none does. */
  earliest(group: Demand, from: number, duration: number): number {
    const times = this.#times;
    let start = from;
    for (let step = this.#stepAt(from); step < times.length; step++) {
      if ((times[step] ?? 0) >= start + duration && (times[step] ?? 0) > start) return start;
      if (!this.#holds(group, step)) start = times[step + 1] ?? Infinity;
    }
    return start;
  }

  add(group: Demand, start: number, end: number): void {
    if (end <= start) return;
    const first = this.#split(start);
    const last = end === Infinity ? this.#times.length : this.#split(end);
    for (let step = first; step < last; step++) {
      const taken = this.#taken[step];
      if (taken === undefined) continue;
      for (const d of group.used) taken[d] = (taken[d] ?? 0) + (group.demand[d] ?? 0);
    }
  }

  #holds(group: Demand, step: number): boolean {
    const taken = this.#taken[step];
    for (const d of group.used) {
      if ((taken?.[d] ?? 0) + (group.demand[d] ?? 0) > (this.#limits[d] ?? 0)) return false;
    }
    return true;
  }

  /** The last step that begins at or before a time. */
  #stepAt(time: number): number {
    let low = 0;
    let high = this.#times.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#times[middle] ?? 0) <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Makes a step begin at a time, and returns it. */
  #split(time: number): number {
    const step = this.#stepAt(time);
    if (this.#times[step] === time) return step;
    this.#times.splice(step + 1, 0, time);
    this.#taken.splice(step + 1, 0, this.#taken[step]?.slice() ?? new Float64Array(this.#limits.length));
    return step + 1;
  }
}
