/**
 * A plan made ahead: tasks one after the other, by a priority, each on the node where it ends first, in the first gap
 * that holds it (HEFT; Topcuoglu, Hariri and Wu, IEEE TPDS 2002).
 *
 * Outputs are sent on when their task has ended. Times are seconds from now.
 */
import { ABSENT, DONE, NO_NODE, RUNNING } from '../board.ts';
import type { Columns } from '../columns.ts';
import { MOST_KEPT } from '../explanations.ts';
import { leastMakespan, leastSeconds } from '../least-time.ts';
import { PriorityQueue } from '../priority-queue.ts';
import type { Standing } from '../standing.ts';
import { Arrivals } from './arrivals.ts';
import { Shortlist } from './shortlist.ts';
import { Skyline } from './skyline.ts';

/** Where each task is to run, when it is to start, and when it ends; NO_NODE: it is not part of the plan. */
export interface Schedule {
  readonly node: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** The end of the last task. */
  readonly makespan: number;
}

/** Told of each task, when it is placed, the best runs that it could have had, as many as are kept of it. */
export type OnPlaced = (task: number, runs: Shortlist) => void;

/** A schedule in the making. */
interface Draft extends Omit<Schedule, 'makespan'> {
  /** By task: open tasks that it waits for and that have no place yet. */
  readonly missing: Int32Array;
  readonly skylines: readonly Skyline[];
}

/** Seconds that a second of work of a task's group takes on a node. */
export type Pace = (group: number, node: number) => number;

/** Nodes for a group's tasks, those on which they take least first. */
interface Candidates {
  readonly nodes: Int32Array;
  /** Seconds for a second of work, in the same order. */
  readonly paces: Float64Array;
}

/** Sums of the same numbers in another order differ by less than this share. */
const ROUNDING = 1e-9;

export class ListScheduler {
  readonly #columns: Columns;
  readonly #standing: Standing;
  readonly #pace: Pace;
  /** Open tasks that wait for nothing, and for the others how many open tasks they wait for. */
  readonly #missing: Int32Array;
  readonly #open: Uint8Array;
  readonly #arrivals: Arrivals;
  /** By task: no plan has less between its start and the end of everything after it. */
  readonly #least: Float64Array;
  /** By group; those of which no task was placed yet are missing. */
  readonly #candidates: (Candidates | undefined)[] = [];
  /** Of the task that is being placed. */
  readonly #best = new Shortlist(1);

  constructor(columns: Columns, standing: Standing, pace: Pace) {
    this.#columns = columns;
    this.#standing = standing;
    this.#pace = pace;
    this.#arrivals = new Arrivals(columns);
    this.#least = leastSeconds(columns);
    const { state } = standing.board;
    const tasks = columns.tasks.length;
    this.#missing = new Int32Array(tasks);
    this.#open = Uint8Array.from(state, (s, i) => (s < DONE && standing.board.node[i] === NO_NODE ? 1 : 0));
    for (let i = 0; i < tasks; i++) {
      for (let e = columns.dependencies.start[i] ?? 0; e < (columns.dependencies.start[i + 1] ?? 0); e++) {
        this.#missing[i] = (this.#missing[i] ?? 0) + (this.#open[columns.dependencies.task[e] ?? 0] ?? 0);
      }
    }
  }

  /**
   * Undefined where a task finds no node, or the plan would be longer than `limit`.
   *
   * @param priority by task: of those that could be placed the highest is placed next
   */
  schedule(priority: Float64Array, limit = Infinity, onPlaced?: OnPlaced): Schedule | undefined {
    const draft = this.#begin();
    const { node, start, end } = draft;
    const ready = new PriorityQueue(priority);
    const runs = onPlaced === undefined ? this.#best : new Shortlist(MOST_KEPT);
    for (let i = 0; i < node.length; i++) if (this.#isNext(draft, i)) ready.push(i);
    for (let task = ready.pop(); task >= 0; task = ready.pop()) {
      if (!this.#place(draft, task, runs)) return undefined;
      onPlaced?.(task, runs);
      if ((start[task] ?? 0) + (this.#least[task] ?? 0) > limit * (1 + ROUNDING)) return undefined;
      this.#release(draft, task, ready);
    }
    const makespan = end.reduce((last, e) => Math.max(last, e), 0);
    return makespan > limit ? undefined : { node, start, end, makespan };
  }

  #begin(): Draft {
    const { board } = this.#standing;
    const end = new Float64Array(board.node.length);
    return {
      node: board.node.slice(),
      start: board.start.slice(),
      end,
      missing: this.#missing.slice(),
      skylines: this.#standingSkylines(end),
    };
  }

  /** On the node where it ends first; false where there is none. */
  #place({ node, start, end, skylines }: Draft, task: number, runs: Shortlist): boolean {
    const { group: groupOf, groups, work } = this.#columns;
    const { pinned, notBefore } = this.#standing;
    const group = groups[groupOf[task] ?? 0];
    if (group === undefined) return false;
    const { nodes, paces } = this.#candidatesOf(task, pinned[task] ?? NO_NODE);
    const seconds = work[task] ?? 0;
    const arrivals = this.#arrivals;
    arrivals.lookAt(task, node, end, notBefore[task] ?? 0);
    runs.clear();
    let limit = Infinity;
    for (let k = 0; k < nodes.length; k++) {
      const duration = seconds * (paces[k] ?? 1);
      // None that follows is quicker.
      if (arrivals.floor + duration >= limit) break;
      const candidate = nodes[k] ?? 0;
      const arrival = arrivals.at(candidate);
      if (arrival + duration >= limit) continue;
      const at = skylines[candidate]?.earliest(group, arrival, duration, limit - duration) ?? Infinity;
      if (at + duration >= limit) continue;
      runs.add(candidate, at, at + duration);
      limit = runs.limit;
    }
    if (runs.count === 0) return false;
    const best = runs.node[0] ?? NO_NODE;
    node[task] = best;
    start[task] = runs.start[0] ?? 0;
    end[task] = runs.end[0] ?? 0;
    skylines[best]?.add(group, start[task] ?? 0, end[task] ?? 0);
    return true;
  }

  /** What has waited for nothing else could be placed. */
  #release(draft: Draft, task: number, ready: PriorityQueue): void {
    const { missing } = draft;
    const { start, task: dependents } = this.#columns.dependents;
    for (let e = start[task] ?? 0; e < (start[task + 1] ?? 0); e++) {
      const dependent = dependents[e] ?? 0;
      missing[dependent] = (missing[dependent] ?? 0) - 1;
      if (this.#isNext(draft, dependent)) ready.push(dependent);
    }
  }

  #isNext({ missing }: Draft, task: number): boolean {
    return missing[task] === 0 && this.#open[task] === 1;
  }

  /** Seconds from now; no plan is shorter. */
  get least(): number {
    return leastMakespan(this.#columns, this.#open, this.#standing.notBefore, this.#least);
  }

  #candidatesOf(task: number, pin: number): Candidates {
    const group = this.#columns.group[task] ?? 0;
    if (pin !== NO_NODE) return { nodes: Int32Array.of(pin), paces: Float64Array.of(this.#pace(group, pin)) };
    let known = this.#candidates[group];
    if (known === undefined) {
      const paceOf = (node: number): number => this.#pace(group, node);
      // Array and not Int32Array: its order is stable, those of one pace stay in that of the group.
      const nodes = [...(this.#columns.groups[group]?.candidates ?? [])].sort(
        (a, b) => paceOf(a) - paceOf(b),
      );
      known = { nodes: Int32Array.from(nodes), paces: Float64Array.from(nodes, paceOf) };
      this.#candidates[group] = known;
    }
    return known;
  }

  /** What runs already; writes when it is expected to end. */
  #standingSkylines(end: Float64Array): Skyline[] {
    const { board } = this.#standing;
    const { groups, group, dimensions, limits, nowhere } = this.#columns;
    const skylines = Array.from(
      { length: nowhere + 1 },
      (_, n) => new Skyline(limits.subarray(n * dimensions, (n + 1) * dimensions)),
    );
    for (let i = 0; i < end.length; i++) {
      const node = board.node[i] ?? NO_NODE;
      const of = groups[group[i] ?? 0];
      if (board.state[i] === DONE) end[i] = Math.min(0, board.end[i] ?? 0);
      if (node === NO_NODE || board.state[i] === DONE || board.state[i] === ABSENT || of === undefined)
        continue;
      const from = board.state[i] === RUNNING ? 0 : Math.max(0, board.arrival[i] ?? 0);
      end[i] = from + (board.left[i] ?? 0) * this.#pace(group[i] ?? 0, node);
      skylines[node]?.add(of, 0, end[i] ?? 0);
    }
    return skylines;
  }
}
