/**
 * What is booked on each node, and what would come of one more run there.
 *
 * A run is followed from its start through the slots of the forecast and the changes of own load on its node, at
 * the speed that it is expected to have with everything that is booked beside it.
 */
import { NO_NODE } from '../board.ts';
import { MEMORY_RISK } from '../choice.ts';
import type { Columns, Group } from '../columns.ts';
import type { Course } from '../course.ts';
import { MEMORY, PODS } from '../dimensions.ts';
import { ROUNDING } from '../node-clocks.ts';
import { slotAt, slotEnd } from '../slots.ts';
import { SLOWEST } from '../stretch.ts';
import { NodeBookings } from './node-bookings.ts';
import type { Windows } from './windows.ts';

export class Bookings {
  /** Results of the last `follow`. */
  end = 0;
  /** Seconds in which something is expected to be short. */
  contended = 0;
  /** Mean over the run of contention, lost speed, and what is added to others. */
  penalty = 0;
  isBlind = false;
  /** Where the run was not possible: when to try again. */
  retryAt = 0;
  /** Stretches of runs that were looked at so far: what has been spent. */
  looks = 0;
  readonly #course: Course;
  readonly #columns: Columns;
  readonly #windows: Windows;
  /** By task: where it is booked; NO_NODE. */
  readonly #node: Int32Array;
  /** What was booked to begin with, as a list for each node: its first task, and by task the next one. -1: none. */
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  /** By node: put together when it is first asked for, since most nodes never are. */
  readonly #nodes: (NodeBookings | undefined)[];
  /** Of the moment: the share of its speed that a task has, how likely it is short, and what it adds to others. */
  #pace = 1;
  #short = 0;
  #added = 0;

  /** @param from seconds: what ends before is over */
  constructor(course: Course, windows: Windows, from: number) {
    const { columns } = course;
    const { isPlaced, node, end } = windows;
    this.#course = course;
    this.#columns = columns;
    this.#windows = windows;
    this.#nodes = Array.from({ length: columns.nowhere + 1 });
    this.#node = new Int32Array(end.length).fill(NO_NODE);
    this.#first = new Int32Array(columns.nowhere + 1).fill(-1);
    this.#next = new Int32Array(end.length);
    // From the last one on, so that lists have them in order.
    for (let i = end.length - 1; i >= 0; i--) {
      if (isPlaced[i] !== 1 || (end[i] ?? 0) <= from) continue;
      const on = node[i] ?? 0;
      this.#node[i] = on;
      this.#next[i] = this.#first[on] ?? -1;
      this.#first[on] = i;
    }
  }

  add(task: number): void {
    const node = this.#windows.node[task] ?? 0;
    // Before the node has it: what is not put together yet takes all that are booked.
    const bookings = this.#on(node);
    this.#node[task] = node;
    bookings.add(task);
  }

  /** One that is booked, before its window is changed. */
  remove(task: number): void {
    this.#nodes[this.#node[task] ?? NO_NODE]?.remove(task);
    this.#node[task] = NO_NODE;
  }

  /** Of what was booked to begin with, what still is. */
  bookedOn(node: number): number[] {
    const tasks: number[] = [];
    for (let task = this.#first[node] ?? -1; task >= 0; task = this.#next[task] ?? -1) {
      if (this.#node[task] === node) tasks.push(task);
    }
    return tasks;
  }

  #on(node: number): NodeBookings {
    return (this.#nodes[node] ??= new NodeBookings(this.#columns, this.#windows, this.bookedOn(node)));
  }

  /** Has a booked task room for its whole window? */
  holds(task: number): boolean {
    const { node: nodes, start, end } = this.#windows;
    const node = nodes[task] ?? 0;
    const group = this.#columns.groups[this.#columns.group[task] ?? 0];
    if (group === undefined) return false;
    const steps = this.#on(node);
    const until = (end[task] ?? 0) - ROUNDING;
    for (let step = steps.at((start[task] ?? 0) + ROUNDING); ; step++) {
      this.looks += 1;
      if (!this.#fits(group, node, steps, step)) return false;
      if (steps.end(step) >= until) return true;
    }
  }

  /** A run of `work` from `start`, of a task that is not booked: true where it is possible. */
  follow(task: number, node: number, start: number, work: number): boolean {
    const { slots } = this.#course;
    const group = this.#columns.groups[this.#columns.group[task] ?? 0];
    if (group === undefined) return false;
    const steps = this.#on(node);
    const speed = group.speed[node] ?? 1;
    let now = start;
    let left = work;
    let penalties = 0;
    let step = steps.at(start + ROUNDING);
    this.contended = 0;
    this.isBlind = false;
    while (left > ROUNDING) {
      this.looks += 1;
      const slot = slotAt(slots, now + ROUNDING);
      const changesAt = steps.end(step);
      const until = Math.min(changesAt, Math.max(slotEnd(slots, slot), now + ROUNDING));
      if (!this.#expect(group, node, slot, steps, step)) {
        this.retryAt = until;
        return false;
      }
      const rate = speed * this.#pace;
      const seconds = Math.min(left / rate, until - now);
      this.contended += seconds * this.#short;
      penalties += seconds * (this.#short + 1 - this.#pace + this.#added);
      left -= seconds * rate;
      now += seconds;
      if (now + ROUNDING >= changesAt) while (steps.end(step) <= changesAt + ROUNDING) step += 1;
    }
    this.end = now;
    this.penalty = now > start ? penalties / (now - start) : 0;
    return true;
  }

  /** Is there room for the tasks of a step? */
  #fits({ demand }: Group, node: number, { loads }: NodeBookings, step: number): boolean {
    const { dimensions, limits } = this.#columns;
    for (let d = 0; d < dimensions; d++) {
      const load = loads[step * dimensions + d] ?? 0;
      if ((demand[d] ?? 0) > 0 && load > (limits[node * dimensions + d] ?? 0)) return false;
    }
    return true;
  }

  /**
   * Leaves what is expected of one more task in `#pace`, `#short` and `#added`; false where there is no room for it, or
   * memory is likely to overflow.
   */
  #expect({ demand }: Group, node: number, slot: number, { loads }: NodeBookings, step: number): boolean {
    const { dimensions, limits } = this.#columns;
    const { shortfalls } = this.#course;
    let pace = 1;
    let short = 0;
    let added = 0;
    for (let d = 0; d < dimensions; d++) {
      const asked = demand[d] ?? 0;
      if (asked === 0) continue;
      const own = loads[step * dimensions + d] ?? 0;
      if (own + asked > (limits[node * dimensions + d] ?? 0)) return false;
      if (d >= PODS) continue;
      if (!shortfalls.knows(node, d)) {
        this.isBlind = true;
        continue;
      }
      shortfalls.look(node, d, slot, own + asked);
      const risk = shortfalls.contention;
      if (risk === 0) continue;
      if (d === MEMORY && risk > MEMORY_RISK) return false;
      pace = Math.min(pace, d === MEMORY ? 1 - risk : shortfalls.speed);
      short = Math.max(short, risk);
      if (own <= 0) continue;
      shortfalls.look(node, d, slot, own);
      added = Math.max(added, risk - shortfalls.contention);
    }
    this.#pace = Math.max(SLOWEST, pace);
    this.#short = short;
    this.#added = added * (loads[step * dimensions + PODS] ?? 0);
    return true;
  }
}
