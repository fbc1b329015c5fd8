/**
 * What is booked on each node, and what would come of one more run there.
 *
 * A run is followed from its start through the slots of the forecast and the changes of own load on its node, at
 * the speed that it is expected to have with everything that is booked beside it.
 */
import { MEMORY_RISK } from '../choice.ts';
import type { Columns, Group } from '../columns.ts';
import type { Course } from '../course.ts';
import { MEMORY, PODS } from '../dimensions.ts';
import { slotAt, slotEnd } from '../slots.ts';
import type { Windows } from './windows.ts';

const SLOWEST = 0.05;
/** Seconds that floating point may be off. */
const ROUNDING = 1e-6;

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
  /** Tasks that were looked at so far: what has been spent. */
  steps = 0;
  readonly #course: Course;
  readonly #columns: Columns;
  readonly #windows: Windows;
  readonly #lists: readonly NodeBookings[];
  /** Of the moment that is looked at: the tasks that run beside, and what they take. */
  readonly #beside: number[] = [];
  readonly #load: Float64Array;
  #list: readonly number[] = [];
  /** Position in the list of the first task that starts later. */
  #following = 0;
  #except = -1;
  /** Of the moment: the share of its speed that a task has, how likely it is short, and what it adds to others. */
  #pace = 1;
  #short = 0;
  #added = 0;

  /** @param from seconds: what ends before is over */
  constructor(course: Course, windows: Windows, from: number) {
    this.#course = course;
    this.#columns = course.columns;
    this.#load = new Float64Array(course.columns.dimensions);
    this.#windows = windows;
    this.#lists = Array.from({ length: course.columns.nowhere + 1 }, () => new NodeBookings(windows));
    for (let i = 0; i < windows.end.length; i++) {
      if (windows.isPlaced[i] === 1 && (windows.end[i] ?? 0) > from) this.add(i);
    }
  }

  add(task: number): void {
    this.#lists[this.#windows.node[task] ?? 0]?.add(task);
  }

  remove(task: number): void {
    this.#lists[this.#windows.node[task] ?? 0]?.remove(task);
  }

  /** Has a booked task room for its whole window? */
  holds(task: number): boolean {
    const { node: nodes, start, end } = this.#windows;
    const node = nodes[task] ?? 0;
    const group = this.#columns.groups[this.#columns.group[task] ?? 0];
    const until = (end[task] ?? 0) - ROUNDING;
    this.#begin(node, start[task] ?? 0, task);
    for (let now = start[task] ?? 0; now < until; now = this.#advance()) {
      if (group === undefined || !this.#fits(group, node)) return false;
    }
    return true;
  }

  /** A run of `work` from `start`: true where it is possible. */
  follow(task: number, node: number, start: number, work: number): boolean {
    const { slots } = this.#course;
    const group = this.#columns.groups[this.#columns.group[task] ?? 0];
    if (group === undefined) return false;
    const speed = group.speed[node] ?? 1;
    let now = start;
    let left = work;
    let penalties = 0;
    this.contended = 0;
    this.isBlind = false;
    this.#begin(node, start, task);
    while (left > ROUNDING) {
      const slot = slotAt(slots, now + ROUNDING);
      const changesAt = this.#changesAt();
      const until = Math.min(changesAt, Math.max(slotEnd(slots, slot), now + ROUNDING));
      if (!this.#fits(group, node)) {
        this.retryAt = this.#nextEnd();
        return false;
      }
      if (!this.#expect(group, node, slot)) {
        this.retryAt = until;
        return false;
      }
      const rate = speed * this.#pace;
      const seconds = Math.min(left / rate, until - now);
      this.contended += seconds * this.#short;
      penalties += seconds * (this.#short + 1 - this.#pace + this.#added);
      left -= seconds * rate;
      now += seconds;
      if (now + ROUNDING >= changesAt) this.#advance();
    }
    this.end = now;
    this.penalty = now > start ? penalties / (now - start) : 0;
    return true;
  }

  #begin(node: number, now: number, except: number): void {
    const bookings = this.#lists[node];
    this.#beside.length = 0;
    this.#load.fill(0);
    this.#except = except;
    this.#list = bookings?.tasks ?? [];
    this.#following = bookings?.firstAfter(now + ROUNDING) ?? 0;
    const { start, end } = this.#windows;
    const earliest = now - (bookings?.longest ?? 0) - ROUNDING;
    for (let at = this.#following - 1; at >= 0; at--) {
      const other = this.#list[at] ?? 0;
      if ((start[other] ?? 0) < earliest) break;
      this.steps += 1;
      if ((end[other] ?? 0) > now + ROUNDING) this.#join(other);
    }
  }

  #join(task: number): void {
    if (task === this.#except) return;
    this.#beside.push(task);
    const group = this.#columns.groups[this.#columns.group[task] ?? 0];
    for (const d of group?.used ?? []) this.#load[d] = (this.#load[d] ?? 0) + (group?.demand[d] ?? 0);
  }

  #nextEnd(): number {
    let next = Infinity;
    for (const other of this.#beside) next = Math.min(next, this.#windows.end[other] ?? 0);
    return next;
  }

  /** When something starts or ends on the node. */
  #changesAt(): number {
    const following = this.#list[this.#following];
    return Math.min(
      this.#nextEnd(),
      following === undefined ? Infinity : (this.#windows.start[following] ?? 0),
    );
  }

  /** To the next change; returns its time. */
  #advance(): number {
    const { start, end } = this.#windows;
    const now = this.#changesAt();
    const { length } = this.#beside;
    for (let at = length - 1; at >= 0; at--) {
      const other = this.#beside[at] ?? 0;
      this.steps += 1;
      if ((end[other] ?? 0) > now + ROUNDING) continue;
      this.#beside[at] = this.#beside[this.#beside.length - 1] ?? other;
      this.#beside.pop();
      const group = this.#columns.groups[this.#columns.group[other] ?? 0];
      for (const d of group?.used ?? []) this.#load[d] = (this.#load[d] ?? 0) - (group?.demand[d] ?? 0);
    }
    // Sums that should be nothing are nothing, and not what floating point leaves of them.
    if (this.#beside.length === 0) this.#load.fill(0);
    for (; this.#following < this.#list.length; this.#following++) {
      const other = this.#list[this.#following] ?? 0;
      if ((start[other] ?? 0) > now + ROUNDING) break;
      if ((end[other] ?? 0) > now + ROUNDING) this.#join(other);
    }
    return now;
  }

  #fits(group: Group, node: number): boolean {
    for (const d of group.used) {
      if (
        (this.#load[d] ?? 0) + (group.demand[d] ?? 0) >
        (this.#columns.limits[node * this.#columns.dimensions + d] ?? 0)
      )
        return false;
    }
    return true;
  }

  /** Leaves what is expected in `#pace`, `#short` and `#added`; false where memory is likely to overflow. */
  #expect(group: Group, node: number, slot: number): boolean {
    const { shortfalls } = this.#course;
    let pace = 1;
    let short = 0;
    let added = 0;
    for (const d of group.used) {
      if (d >= PODS) continue;
      if (!shortfalls.knows(node, d)) {
        this.isBlind = true;
        continue;
      }
      const own = this.#load[d] ?? 0;
      shortfalls.look(node, d, slot, own + (group.demand[d] ?? 0));
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
    this.#added = added * this.#beside.length;
    return true;
  }
}

/** Tasks on one node by their start; put in order when they are first asked for. */
class NodeBookings {
  /** Seconds: no window is longer. */
  longest = 0;
  readonly #windows: Windows;
  readonly #tasks: number[] = [];
  #isSorted = false;

  constructor(windows: Windows) {
    this.#windows = windows;
  }

  get tasks(): readonly number[] {
    if (!this.#isSorted) {
      const { start } = this.#windows;
      this.#tasks.sort((a, b) => (start[a] ?? 0) - (start[b] ?? 0) || a - b);
      this.#isSorted = true;
    }
    return this.#tasks;
  }

  add(task: number): void {
    if (this.#isSorted) this.#tasks.splice(this.firstAfter(this.#windows.start[task] ?? 0), 0, task);
    else this.#tasks.push(task);
    this.longest = Math.max(this.longest, (this.#windows.end[task] ?? 0) - (this.#windows.start[task] ?? 0));
  }

  remove(task: number): void {
    const at = this.#tasks.indexOf(task);
    if (at >= 0) this.#tasks.splice(at, 1);
  }

  /** Position of the first that starts after `time`. */
  firstAfter(time: number): number {
    const { tasks } = this;
    let low = 0;
    let high = tasks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#windows.start[tasks[middle] ?? 0] ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
