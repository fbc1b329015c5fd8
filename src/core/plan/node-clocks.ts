/**
 * What runs on the nodes of a rollout: how fast, how contended, and what happens there next.
 *
 * Between two changes on a node its tasks run at a constant rate, so that a node is looked at only when something
 * starts, ends or arrives there, or when a slot of the forecast ends.
 */
import { COMING, RUNNING, type Board } from './board.ts';
import type { Course } from './course.ts';
import { MEMORY, PODS } from './dimensions.ts';
import { Earliest } from './earliest.ts';
import { slotAt, slotEnd } from './slots.ts';
import { SLOWEST } from './stretch.ts';

/** Seconds that floating point may be off. */
export const ROUNDING = 1e-6;

export class NodeClocks {
  /** Sums over all tasks, in seconds. */
  seconds = 0;
  contended = 0;
  readonly #course: Course;
  readonly #board: Board;
  readonly #lastAt: Float64Array;
  /** By node: when something happens there. */
  readonly #next: Earliest;
  /** By task: work done a second, and the probability that something is short. */
  readonly #rate: Float64Array;
  readonly #contention: Float64Array;
  /** By resource, of the node looked at. */
  readonly #short: Float64Array;
  readonly #pace: Float64Array;
  #slot = 0;

  constructor(course: Course, board: Board) {
    const { nowhere, tasks } = course.columns;
    this.#course = course;
    this.#short = new Float64Array(course.columns.dimensions);
    this.#pace = new Float64Array(course.columns.dimensions);
    this.#board = board;
    this.#lastAt = new Float64Array(nowhere + 1);
    this.#next = new Earliest(nowhere + 1);
    this.#rate = new Float64Array(tasks.length);
    this.#contention = new Float64Array(tasks.length);
  }

  /** All nodes at time 0, as the board has them. */
  reset(): void {
    this.seconds = 0;
    this.contended = 0;
    this.#slot = slotAt(this.#course.slots, 0);
    for (let node = 0; node < this.#lastAt.length; node++) this.refresh(node, 0);
  }

  /** When the slot ends; Infinity for the last one. */
  get slotEnd(): number {
    return slotEnd(this.#course.slots, this.#slot);
  }

  /** Where something happens next; -1: nothing does. */
  get nextNode(): number {
    return this.#next.first;
  }

  nextAt(node: number): number {
    return this.#next.time(node);
  }

  /** Something will arrive on the node. */
  expect(node: number, at: number): void {
    this.#next.set(node, Math.min(this.#next.time(node), at));
  }

  advanceAll(now: number): void {
    for (let node = 0; node < this.#lastAt.length; node++) this.advance(node, now);
  }

  enterSlot(now: number): void {
    this.advanceAll(now);
    this.#slot = slotAt(this.#course.slots, now);
    for (let node = 0; node < this.#lastAt.length; node++) {
      if ((this.#board.first[node] ?? -1) >= 0) this.refresh(node, now);
    }
  }

  /** Is nothing left of a task that runs, or less than what can be told from `now`? */
  isOver(task: number, now: number): boolean {
    const left = this.#board.left[task] ?? 0;
    return left <= ROUNDING || now + left / (this.#rate[task] ?? 1) <= now;
  }

  /** What ran on the node since it was last looked at. */
  advance(node: number, now: number): void {
    const board = this.#board;
    const elapsed = now - (this.#lastAt[node] ?? 0);
    this.#lastAt[node] = now;
    if (elapsed <= 0) return;
    for (let task = board.first[node] ?? -1; task >= 0; task = board.next[task] ?? -1) {
      if (board.state[task] !== RUNNING) continue;
      board.left[task] = (board.left[task] ?? 0) - elapsed * (this.#rate[task] ?? 1);
      const contended = elapsed * (this.#contention[task] ?? 0);
      board.contended[task] = (board.contended[task] ?? 0) + contended;
      this.contended += contended;
      this.seconds += elapsed;
    }
  }

  /** How fast the node's tasks run from now on, and what happens there next. */
  refresh(node: number, now: number): void {
    const board = this.#board;
    const { columns } = this.#course;
    this.#lastAt[node] = now;
    if ((board.first[node] ?? -1) < 0) {
      this.#next.set(node, Infinity);
      return;
    }
    this.#lookAt(node);
    let next = Infinity;
    // The youngest is first in the list, and the first that is paused where memory is short.
    let memory = board.running[node * columns.dimensions + MEMORY] ?? 0;
    for (let task = board.first[node] ?? -1; task >= 0; task = board.next[task] ?? -1) {
      if (board.state[task] === COMING) {
        next = Math.min(next, board.arrival[task] ?? 0);
        continue;
      }
      let contention = 0;
      let pace = 1;
      const group = columns.groups[columns.group[task] ?? 0];
      for (let d = 0; d < PODS; d++) {
        const asked = group?.demand[d] ?? 0;
        if (asked === 0) continue;
        if (d === MEMORY) {
          this.#lookAtMemory(node, memory);
          memory -= asked;
        }
        if ((this.#short[d] ?? 0) > contention) contention = this.#short[d] ?? 0;
        if ((this.#pace[d] ?? 1) < pace) pace = this.#pace[d] ?? 1;
      }
      const rate = Math.max(SLOWEST, pace) * (group?.speed[node] ?? 1);
      this.#rate[task] = rate;
      this.#contention[task] = contention;
      next = Math.min(next, now + Math.max(0, board.left[task] ?? 0) / rate);
    }
    this.#next.set(node, next);
  }

  #lookAt(node: number): void {
    const { shortfalls, columns } = this.#course;
    this.#short.fill(0);
    this.#pace.fill(1);
    if (node === columns.nowhere) return;
    for (let d = 0; d < PODS; d++) {
      if (d === MEMORY) continue;
      const amount = this.#board.running[node * columns.dimensions + d] ?? 0;
      if (amount <= 0) continue;
      shortfalls.look(node, d, this.#slot, amount);
      this.#short[d] = shortfalls.contention;
      this.#pace[d] = shortfalls.speed;
    }
  }

  /** Of a task that, with all that are older, takes so much. */
  #lookAtMemory(node: number, amount: number): void {
    const { shortfalls, columns } = this.#course;
    if (node === columns.nowhere) return;
    shortfalls.look(node, MEMORY, this.#slot, amount);
    this.#short[MEMORY] = shortfalls.contention;
    this.#pace[MEMORY] = 1 - shortfalls.contention;
  }
}
