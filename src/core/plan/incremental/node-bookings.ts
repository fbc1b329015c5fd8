/**
 * What is booked on one node over time: steps, each from the start or end of a booked window to the next.
 *
 * Put together when it is first asked for: most nodes never are. Times are seconds, as in the windows.
 */
import type { Columns, Group } from '../columns.ts';
import { PODS } from '../dimensions.ts';
import type { Windows } from './windows.ts';

type Demands = Pick<Columns, 'dimensions' | 'group'> & {
  readonly groups: readonly Pick<Group, 'demand'>[];
};
type Times = Pick<Windows, 'start' | 'end'>;

export class NodeBookings {
  readonly #columns: Demands;
  readonly #windows: Times;
  /** Until the steps are put together. */
  readonly #tasks: number[] = [];
  #steps: Steps | undefined;

  constructor(columns: Demands, windows: Times) {
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
  /** Begin of each step, ascending; the first is -Infinity. */
  readonly times: number[] = [-Infinity];
  /** A row of amounts a step, by dimension (dimensions.ts). */
  readonly loads: number[];
  /** By step: windows that start or end with its begin. */
  readonly #edges: number[] = [0];
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
    for (const time of edges.sort()) {
      const last = this.times.length - 1;
      if (this.times[last] === time) this.#edges[last] = (this.#edges[last] ?? 0) + 1;
      else {
        this.times.push(time);
        this.#edges.push(1);
      }
    }
    this.loads = new Array<number>(this.times.length * dimensions).fill(0);
    for (const task of tasks) {
      this.#load(this.at(start[task] ?? 0), task, 1);
      this.#load(this.at(end[task] ?? 0), task, -1);
    }
    for (let at = dimensions; at < this.loads.length; at++)
      this.loads[at] = (this.loads[at] ?? 0) + (this.loads[at - dimensions] ?? 0);
    for (let step = 0; step < this.times.length; step++) this.#clearIfEmpty(step);
  }

  /** The last step that begins at or before a time. */
  at(time: number): number {
    let low = 0;
    let high = this.times.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.times[middle] ?? 0) <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** When a step ends: Infinity for the last one. */
  end(step: number): number {
    return step + 1 < this.times.length ? (this.times[step + 1] ?? Infinity) : Infinity;
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
    const { dimensions } = this.#columns;
    const before = this.at(time);
    if (this.times[before] === time) {
      this.#edges[before] = (this.#edges[before] ?? 0) + 1;
      return before;
    }
    const step = before + 1;
    const row = step * dimensions;
    this.times.splice(step, 0, time);
    this.#edges.splice(step, 0, 1);
    this.loads.splice(row, 0, ...this.loads.slice(row - dimensions, row));
    return step;
  }

  /** A window less starts or ends with the step: without any it is one with that before. */
  #leave(step: number): void {
    const { dimensions } = this.#columns;
    const edges = (this.#edges[step] ?? 0) - 1;
    this.#edges[step] = edges;
    if (edges > 0) return;
    this.times.splice(step, 1);
    this.#edges.splice(step, 1);
    this.loads.splice(step * dimensions, dimensions);
  }
}
