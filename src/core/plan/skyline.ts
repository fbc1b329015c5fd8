/**
 * What planned tasks take on a node over time: a step function that changes only where a task starts or ends.
 *
 * Times are milliseconds since the epoch. A load is `DIMENSIONS` numbers: the four resources in the order of
 * `RESOURCES`, and the number of tasks. Loads are added and never taken away, so that where no task is the load
 * is exactly 0; to try something, clone.
 */
import { RESOURCES } from '../resources.ts';

export const TASKS = RESOURCES.length;
export const DIMENSIONS = RESOURCES.length + 1;

export type Load = ArrayLike<number>;

/** Starts are whole seconds: that is what the API keeps, and a plan that is read back must be the same plan. */
const SECOND = 1000;

export function ceilToSecond(time: number): number {
  return Math.ceil(time / SECOND) * SECOND;
}

export class Skyline {
  /** Segment i is `[times[i], times[i + 1])`; the last one never ends and is empty. */
  #times: Float64Array;
  #loads: Float64Array;
  #size: number;

  constructor() {
    this.#times = new Float64Array(8);
    this.#loads = new Float64Array(8 * DIMENSIONS);
    this.#times[0] = -Infinity;
    this.#size = 1;
  }

  clone(): Skyline {
    const copy = new Skyline();
    copy.#times = this.#times.slice();
    copy.#loads = this.#loads.slice();
    copy.#size = this.#size;
    return copy;
  }

  get segments(): number {
    return this.#size;
  }

  /** When segment `i` starts; Infinity past the last one. */
  startOf(i: number): number {
    return i < this.#size ? (this.#times[i] ?? Infinity) : Infinity;
  }

  /** Load of segment `i` in one dimension. */
  loadOf(i: number, dimension: number): number {
    return this.#loads[i * DIMENSIONS + dimension] ?? 0;
  }

  /** The segment in which `time` lies. */
  segmentAt(time: number): number {
    let low = 0;
    let high = this.#size - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#times[middle] ?? Infinity) <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  add(start: number, end: number, load: Load): void {
    if (!(end > start)) return;
    const first = this.#breakAt(start);
    const last = this.#breakAt(end);
    for (let i = first; i < last; i++) {
      for (let d = 0; d < DIMENSIONS; d++) {
        const at = i * DIMENSIONS + d;
        this.#loads[at] = (this.#loads[at] ?? 0) + (load[d] ?? 0);
      }
    }
  }

  /** The highest load in `[start, end)`. */
  max(start: number, end: number, dimension: number): number {
    let max = 0;
    for (let i = this.segmentAt(start); this.startOf(i) < end; i++)
      max = Math.max(max, this.loadOf(i, dimension));
    return max;
  }

  /** Load times milliseconds in `[start, end)`. */
  integrate(start: number, end: number, dimension: number): number {
    let sum = 0;
    for (let i = this.segmentAt(start); this.startOf(i) < end; i++) {
      const length = Math.min(end, this.startOf(i + 1)) - Math.max(start, this.startOf(i));
      const load = this.loadOf(i, dimension);
      if (load !== 0) sum += load * length;
    }
    return sum;
  }

  /**
   * The earliest whole second at or after `from` at which `demand` fits under `limits` for `duration`.
   * Infinity where it would not fit on an empty node. A dimension of which nothing is demanded does not matter.
   */
  earliestFit(from: number, duration: number, demand: Load, limits: Load): number {
    let start = ceilToSecond(from);
    let i = this.segmentAt(start);
    while (this.startOf(i) < start + duration) {
      if (!this.#hasRoom(i, demand, limits)) {
        start = ceilToSecond(this.startOf(i + 1));
        if (start === Infinity) return Infinity;
        while (this.startOf(i + 2) <= start) i += 1;
      }
      i += 1;
    }
    return start;
  }

  #hasRoom(i: number, demand: Load, limits: Load): boolean {
    for (let d = 0; d < DIMENSIONS; d++) {
      const asked = demand[d] ?? 0;
      if (asked > 0 && this.loadOf(i, d) + asked > (limits[d] ?? 0)) return false;
    }
    return true;
  }

  /** Makes `time` the start of a segment, and returns which. */
  #breakAt(time: number): number {
    const i = this.segmentAt(time);
    if (this.#times[i] === time) return i;
    if (this.#size === this.#times.length) this.#grow();
    this.#times.copyWithin(i + 2, i + 1, this.#size);
    this.#loads.copyWithin((i + 1) * DIMENSIONS, i * DIMENSIONS, this.#size * DIMENSIONS);
    this.#times[i + 1] = time;
    this.#size += 1;
    return i + 1;
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2);
    const loads = new Float64Array(this.#loads.length * 2);
    times.set(this.#times);
    loads.set(this.#loads);
    this.#times = times;
    this.#loads = loads;
  }
}
