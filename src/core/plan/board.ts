/**
 * Where every task stands at one moment of a rollout, and what the tasks take of the nodes.
 *
 * Times are seconds from now, work is seconds on a node of speed 1. A task that was given a node takes its room
 * there at once (`committed`), and uses resources when it runs (`running`).
 */
import { PodCounts } from '../placement/pod-counts.ts';
import type { Columns } from './columns.ts';
import type { CountedRule } from '../placement/pod-rules.ts';

/** States of a task. */
export const WAITING = 0;
export const READY = 1;
/** It has a node, and its inputs are on their way there. */
export const COMING = 2;
export const RUNNING = 3;
export const DONE = 4;
/** It will never be released. */
export const ABSENT = 5;

export const NO_NODE = -1;

export class Board {
  readonly columns: Columns;
  readonly state: Uint8Array;
  readonly node: Int32Array;
  readonly left: Float64Array;
  /** When it may be placed, or could since. */
  readonly readyAt: Float64Array;
  /** When its inputs are there. */
  readonly arrival: Float64Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Expected seconds in which something is short, of its run from now on. */
  readonly contended: Float64Array;
  /** Dependencies that are not done. */
  readonly missing: Int32Array;
  readonly committed: Float64Array;
  readonly running: Float64Array;
  readonly occupants: Int32Array;
  /** Tasks that were given a node, and pods of others, as the rules among pods count them. */
  readonly pods: PodCounts;
  /** Of each workflow: tasks that were given a node and are not done. */
  readonly active: Int32Array;
  /** Tasks on a node, as a doubly linked list. */
  readonly first: Int32Array;
  readonly next: Int32Array;
  readonly previous: Int32Array;

  constructor(columns: Columns, workflows: number) {
    const tasks = columns.tasks.length;
    const nodes = columns.nowhere + 1;
    this.columns = columns;
    this.state = new Uint8Array(tasks);
    this.node = new Int32Array(tasks).fill(NO_NODE);
    this.left = columns.work.slice();
    this.readyAt = new Float64Array(tasks);
    this.arrival = new Float64Array(tasks);
    this.start = new Float64Array(tasks);
    this.end = new Float64Array(tasks);
    this.contended = new Float64Array(tasks);
    this.missing = new Int32Array(tasks);
    this.committed = new Float64Array(nodes * columns.dimensions);
    this.running = new Float64Array(nodes * columns.dimensions);
    this.occupants = new Int32Array(nodes);
    this.pods = new PodCounts(columns.podRules);
    this.active = new Int32Array(workflows);
    this.first = new Int32Array(nodes).fill(-1);
    this.next = new Int32Array(tasks).fill(-1);
    this.previous = new Int32Array(tasks).fill(-1);
  }

  copy(from: Board): void {
    this.state.set(from.state);
    this.node.set(from.node);
    this.left.set(from.left);
    this.readyAt.set(from.readyAt);
    this.arrival.set(from.arrival);
    this.start.set(from.start);
    this.end.set(from.end);
    this.contended.set(from.contended);
    this.missing.set(from.missing);
    this.committed.set(from.committed);
    this.running.set(from.running);
    this.occupants.set(from.occupants);
    this.pods.copy(from.pods);
    this.active.set(from.active);
    this.first.set(from.first);
    this.next.set(from.next);
    this.previous.set(from.previous);
  }

  /** Gives a task a node; it runs when its inputs are there. */
  commit(task: number, node: number, arrival: number): void {
    this.state[task] = COMING;
    this.node[task] = node;
    this.arrival[task] = arrival;
    this.#load(this.committed, task, node, 1);
    this.occupants[node] = (this.occupants[node] ?? 0) + 1;
    this.#count(task, 1);
    const countedBy = this.#countedBy(task);
    if (countedBy.length > 0) this.pods.place(countedBy, node, 1);
    const first = this.first[node] ?? -1;
    this.next[task] = first;
    this.previous[task] = -1;
    if (first >= 0) this.previous[first] = task;
    this.first[node] = task;
  }

  run(task: number, start: number): void {
    this.state[task] = RUNNING;
    this.start[task] = start;
    this.#load(this.running, task, this.node[task] ?? 0, 1);
    const countedBy = this.#countedBy(task);
    if (countedBy.length > 0) this.pods.run(countedBy, this.node[task] ?? 0, 1);
  }

  /** Takes a task off its node: it is done, or moved. */
  leave(task: number): void {
    const node = this.node[task] ?? 0;
    const countedBy = this.#countedBy(task);
    if (this.state[task] === RUNNING) {
      this.#load(this.running, task, node, -1);
      if (countedBy.length > 0) this.pods.run(countedBy, node, -1);
    }
    this.#load(this.committed, task, node, -1);
    this.#count(task, -1);
    if (countedBy.length > 0) this.pods.place(countedBy, node, -1);
    const next = this.next[task] ?? -1;
    const previous = this.previous[task] ?? -1;
    if (next >= 0) this.previous[next] = previous;
    if (previous >= 0) this.next[previous] = next;
    else this.first[node] = next;
    const occupants = (this.occupants[node] ?? 0) - 1;
    this.occupants[node] = occupants;
    // Sums that should be nothing are nothing, and not what floating point leaves of them.
    if (occupants === 0) {
      const { dimensions } = this.columns;
      this.committed.fill(0, node * dimensions, (node + 1) * dimensions);
      this.running.fill(0, node * dimensions, (node + 1) * dimensions);
    }
  }

  #load(load: Float64Array, task: number, node: number, sign: number): void {
    const group = this.columns.groups[this.columns.group[task] ?? 0];
    if (group === undefined) return;
    const { dimensions } = this.columns;
    const row = node * dimensions;
    for (let d = 0; d < dimensions; d++) load[row + d] = (load[row + d] ?? 0) + sign * (group.demand[d] ?? 0);
  }

  #countedBy(task: number): readonly CountedRule[] {
    return this.columns.groups[this.columns.group[task] ?? 0]?.rules.countedBy ?? [];
  }

  #count(task: number, by: number): void {
    const workflow = this.columns.workflow[task] ?? 0;
    this.active[workflow] = (this.active[workflow] ?? 0) + by;
  }
}
