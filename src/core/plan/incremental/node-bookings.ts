/**
 * What is booked on one node over time: steps, each from the start or end of a booked window to the next.
 *
 * Times are seconds, as in the windows.
 */
import type { Columns, Group } from '../columns.ts';
import { PODS } from '../dimensions.ts';
import type { Windows } from './windows.ts';

type Demands = Pick<Columns, 'dimensions' | 'group'> & {
  readonly groups: readonly Pick<Group, 'demand'>[];
};
type Times = Pick<Windows, 'start' | 'end'>;

/** The one that begins before all windows, and as many as two more windows need. */
const SPARE_STEPS = 5;

/** In typed arrays, with room for steps to come: whole and broken amounts in one kind of array are read by one code. */
export class NodeBookings {
  /** How many there are: further rows of the columns mean nothing. */
  count = 0;
  /** Begin of each step, ascending; the first is -Infinity. */
  times: Float64Array;
  /** A row of amounts a step, by dimension (dimensions.ts). */
  loads: Float64Array;
  /** By step: windows that start or end with its begin. */
  #edges: Int32Array;
  readonly #columns: Demands;
  readonly #windows: Times;

  /** With all of the tasks at once: changes at each begin, summed up. */
  constructor(columns: Demands, windows: Times, tasks: readonly number[]) {
    const { dimensions } = columns;
    const { start, end } = windows;
    this.#columns = columns;
    this.#windows = windows;
    const edges = new Float64Array(2 * tasks.length);
    tasks.forEach((task, i) => {
      edges[2 * i] = start[task] ?? 0;
      edges[2 * i + 1] = end[task] ?? 0;
    });
    const room = edges.length + SPARE_STEPS;
    this.times = new Float64Array(room);
    this.#edges = new Int32Array(room);
    this.loads = new Float64Array(room * dimensions);
    this.times[0] = -Infinity;
    this.count = 1;
    for (const time of edges.sort()) {
      if (this.times[this.count - 1] !== time) {
        this.times[this.count] = time;
        this.count += 1;
      }
      this.#edges[this.count - 1] = (this.#edges[this.count - 1] ?? 0) + 1;
    }
    for (const task of tasks) {
      this.#load(this.at(start[task] ?? 0), task, 1);
      this.#load(this.at(end[task] ?? 0), task, -1);
    }
    for (let step = 1; step < this.count; step++) {
      const row = step * dimensions;
      for (let at = row; at < row + dimensions; at++)
        this.loads[at] = (this.loads[at] ?? 0) + (this.loads[at - dimensions] ?? 0);
      this.#clearIfEmpty(step);
    }
  }

  /** The last step that begins at or before a time. */
  at(time: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.times[middle] ?? 0) <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** When a step ends: Infinity for the last one. */
  end(step: number): number {
    return step + 1 < this.count ? (this.times[step + 1] ?? Infinity) : Infinity;
  }

  add(task: number): void {
    const first = this.#begin(this.#windows.start[task] ?? 0);
    const last = this.#begin(this.#windows.end[task] ?? 0);
    for (let step = first; step < last; step++) this.#load(step, task, 1);
  }

  /** One that is booked, before its window is changed. */
  remove(task: number): void {
    const first = this.at(this.#windows.start[task] ?? 0);
    const last = this.at(this.#windows.end[task] ?? 0);
    for (let step = first; step < last; step++) {
      this.#load(step, task, -1);
      this.#clearIfEmpty(step);
    }
    this.#leave(last);
    this.#leave(first);
  }

  #load(step: number, task: number, sign: number): void {
    const { dimensions, group, groups } = this.#columns;
    const demand = groups[group[task] ?? 0]?.demand;
    for (let d = 0; d < dimensions; d++) {
      const at = step * dimensions + d;
      this.loads[at] = (this.loads[at] ?? 0) + sign * (demand?.[d] ?? 0);
    }
  }

  /** Sums that should be nothing are nothing, and not what floating point leaves of them. */
  #clearIfEmpty(step: number): void {
    const { dimensions } = this.#columns;
    const row = step * dimensions;
    if (this.loads[row + PODS] !== 0) return;
    for (let at = row; at < row + dimensions; at++) this.loads[at] = 0;
  }

  /** Makes a step begin at a time, for one window more, and returns it. */
  #begin(time: number): number {
    const before = this.at(time);
    if (this.times[before] === time) {
      this.#edges[before] = (this.#edges[before] ?? 0) + 1;
      return before;
    }
    if (this.count === this.times.length) this.#grow();
    // All from `before` on go on by one, and in `before` itself, which is cut in two, the same is taken.
    this.#move(before, before + 1);
    this.count += 1;
    this.times[before + 1] = time;
    this.#edges[before + 1] = 1;
    return before + 1;
  }

  /** A window less starts or ends with the step: without any it is one with that before. */
  #leave(step: number): void {
    const edges = (this.#edges[step] ?? 0) - 1;
    this.#edges[step] = edges;
    if (edges > 0) return;
    this.#move(step + 1, step);
    this.count -= 1;
  }

  /** Copies all steps from `from` on to `to` and those after it. */
  #move(from: number, to: number): void {
    const { dimensions } = this.#columns;
    this.times.copyWithin(to, from, this.count);
    this.#edges.copyWithin(to, from, this.count);
    this.loads.copyWithin(to * dimensions, from * dimensions, this.count * dimensions);
  }

  #grow(): void {
    const { times, loads } = this;
    const edges = this.#edges;
    this.times = new Float64Array(2 * times.length);
    this.loads = new Float64Array(2 * loads.length);
    this.#edges = new Int32Array(2 * edges.length);
    this.times.set(times);
    this.loads.set(loads);
    this.#edges.set(edges);
  }
}
