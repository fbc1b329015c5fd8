/**
 * What is booked on one node over time: steps, each from the start or end of a booked window to the next.
 *
 * Put together when it is first asked for: most nodes never are. Times are seconds, as in the windows.
 */
import type { Columns } from '../columns.ts';
import { PODS } from '../dimensions.ts';
import type { Windows } from './windows.ts';

export class NodeBookings {
  readonly #columns: Columns;
  readonly #windows: Windows;
  /** Until the steps are put together. */
  readonly #tasks: number[] = [];
  #steps: Steps | undefined;

  constructor(columns: Columns, windows: Windows) {
    this.#columns = columns;
    this.#windows = windows;
  }

  get steps(): Steps {
    this.#steps ??= new Steps(this.#columns, this.#windows, this.#tasks);
    return this.#steps;
  }

  add(task: number): void {
    if (this.#steps === undefined) this.#tasks.push(task);
    else this.#steps.add(task);
  }

  /** One that was added, and whose window is still what it was then. */
  remove(task: number): void {
    this.steps.remove(task);
  }
}

export class Steps {
  /** Begin of each step, ascending; the first is -Infinity. What is past `count` is of no meaning. */
  times: Float64Array;
  /** A row of amounts a step, by dimension (dimensions.ts). */
  loads: Float64Array;
  count = 1;
  /** By step: windows that start or end with its begin. */
  #edges: Int32Array;
  readonly #columns: Columns;
  readonly #windows: Windows;

  constructor(columns: Columns, windows: Windows, tasks: readonly number[]) {
    this.#columns = columns;
    this.#windows = windows;
    const capacity = 2 * tasks.length + 8;
    this.times = new Float64Array(capacity);
    this.loads = new Float64Array(capacity * columns.dimensions);
    this.#edges = new Int32Array(capacity);
    this.times[0] = -Infinity;
    this.#build(tasks);
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

  /** All at once: changes at each begin, summed up. */
  #build(tasks: readonly number[]): void {
    const { start, end } = this.#windows;
    const edges = new Float64Array(2 * tasks.length);
    tasks.forEach((task, i) => {
      edges[2 * i] = start[task] ?? 0;
      edges[2 * i + 1] = end[task] ?? 0;
    });
    for (const time of edges.sort()) {
      if (this.times[this.count - 1] !== time) this.times[this.count++] = time;
      this.#edges[this.count - 1] = (this.#edges[this.count - 1] ?? 0) + 1;
    }
    for (const task of tasks) {
      this.#load(this.at(start[task] ?? 0), task, 1);
      this.#load(this.at(end[task] ?? 0), task, -1);
    }
    const { dimensions } = this.#columns;
    for (let at = dimensions; at < this.count * dimensions; at++)
      this.loads[at] = (this.loads[at] ?? 0) + (this.loads[at - dimensions] ?? 0);
    for (let step = 0; step < this.count; step++) this.#clearIfEmpty(step);
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
    if (this.loads[row + PODS] === 0) this.loads.fill(0, row, row + dimensions);
  }

  /** Makes a step begin at a time, for one window more, and returns it. */
  #begin(time: number): number {
    const before = this.at(time);
    if (this.times[before] === time) {
      this.#edges[before] = (this.#edges[before] ?? 0) + 1;
      return before;
    }
    if (this.count === this.times.length) this.#grow();
    const step = before + 1;
    this.#move(before, step);
    this.times[step] = time;
    this.#edges[step] = 1;
    this.count += 1;
    return step;
  }

  /** A window less starts or ends with the step: without any it is one with that before. */
  #leave(step: number): void {
    const edges = (this.#edges[step] ?? 0) - 1;
    this.#edges[step] = edges;
    if (edges > 0) return;
    this.#move(step + 1, step);
    this.count -= 1;
  }

  /** All steps from `from` on. */
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
