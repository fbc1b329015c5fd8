/**
 * Mends a plan after a change: only tasks whose window no longer holds are planned anew, those of a node that
 * failed first of all, then what depends on them where they end later than was planned. All others keep node
 * and window.
 *
 * A mended plan is good enough when it ends no later than the plan before it would have, or than the tasks that
 * must be done anew allow; then planning everything anew could win next to nothing.
 */
import { NO_NODE } from '../board.ts';
import { MANY_NODES } from '../choice.ts';
import { transferSeconds, type Columns, type Group } from '../columns.ts';
import type { Course } from '../course.ts';
import type { Explanations } from '../explanations.ts';
import { ROUNDING } from '../node-clocks.ts';
import { Options } from '../options.ts';
import type { Policy } from '../policy.ts';
import { PriorityQueue } from '../priority-queue.ts';
import type { PlannedTask, Problem } from '../problem.ts';
import { overdueSeconds } from '../standing.ts';
import { Bookings } from './bookings.ts';
import { WindowSearch } from './window-search.ts';
import { copyOf, type Windows } from './windows.ts';

export interface Repaired {
  readonly windows: Windows;
  readonly explanations: Explanations;
}

/** A mended plan may end later by so much than one that is made anew might. */
const WORSE = 0.01;
/** Where more tasks than this share, or more looks, are needed, a plan is made anew. */
const MOST_TASKS_SHARE = 0.1;
const FEWEST_TASKS = 64;
const MOST_LOOKS_AT_RUNS = 1_000_000;
/** Another node must be better by so much: plans are stable. */
const STICKINESS = 0.98;
/** Of many nodes, how many are looked at for one that is good, or to better it, before all are. */
const MOST_LOOKS = 8;
/** Times are told in milliseconds. */
const TOLERANCE = 0.002;

export interface RepairInput {
  readonly problem: Problem;
  /** With times from `origin` on. */
  readonly course: Course;
  /** Milliseconds: when the plan was made. */
  readonly origin: number;
  readonly windows: Windows;
  readonly explanations: Explanations;
  readonly policy: Policy;
  /** Positions of nodes that hold more or less than they did. */
  readonly changed: readonly number[];
}

/** undefined: it is better to plan anew. */
export function repair(input: RepairInput): Repaired | undefined {
  // Room that is shared over all nodes is not booked.
  if (input.course.parallelism.some((limit) => limit < Infinity)) return undefined;
  return new Repair(input).run();
}

class Repair {
  readonly #problem: Problem;
  readonly #columns: Columns;
  readonly #origin: number;
  /** The present, in seconds from the origin. */
  readonly #now: number;
  readonly #before: Windows;
  readonly #windows: Windows;
  readonly #policy: Policy;
  readonly #explanations: Explanations;
  /** Of the task that is planned. */
  readonly #options: Options;
  /** Positions, in the order of placement, of tasks to be planned. */
  readonly #queue: PriorityQueue;
  readonly #isQueued: Uint8Array;
  /** Tasks that wait for one whose node or end is not what was planned. */
  readonly #isTouched: Uint8Array;
  /** Nodes on which more may be booked now than they hold. */
  readonly #suspects: Set<number>;
  readonly #bookings: Bookings;
  /** The earliest end of everything that any plan can reach, as far as is known. */
  #bound = 0;
  #planned = 0;
  readonly #search: WindowSearch;
  /** Where among its candidates the last task has found its node. */
  #foundAt = 0;

  constructor({ problem, course, origin, windows, explanations, policy, changed }: RepairInput) {
    this.#problem = problem;
    this.#columns = course.columns;
    this.#origin = origin;
    this.#now = (problem.now - origin) / 1000;
    this.#before = windows;
    this.#windows = copyOf(windows);
    this.#explanations = explanations.copy();
    this.#options = new Options(course.columns.nowhere + 1);
    this.#policy = policy;
    this.#queue = new PriorityQueue(new Float64Array(course.columns.tasks.length));
    this.#isQueued = new Uint8Array(course.columns.tasks.length);
    this.#isTouched = new Uint8Array(course.columns.tasks.length);
    this.#suspects = new Set(changed);
    this.#columns.tasks.forEach((task, i) => {
      if (windows.isPlaced[i] === 1) this.#bound = Math.max(this.#bound, windows.end[i] ?? 0);
      if (isToStart(task)) return;
      this.#takeOver(task, i);
      if (this.#isOther(i)) this.#touchDependents(i);
    });
    this.#bookings = new Bookings(course, this.#windows, this.#now);
    this.#search = new WindowSearch(course, this.#bookings, policy, this.#options);
  }

  run(): Repaired | undefined {
    const { tasks } = this.#columns;
    this.#makeRoom();
    tasks.forEach((task, i) => {
      if (isToStart(task) && this.#isInDoubt(task, i) && !this.#holds(i)) this.#enqueue(i);
    });

    const most = Math.max(FEWEST_TASKS, tasks.length * MOST_TASKS_SHARE);
    for (let at = this.#queue.pop(); at >= 0; at = this.#queue.pop()) {
      const i = this.#columns.order[at] ?? 0;
      this.#isQueued[i] = 0;
      if (this.#holds(i)) continue;
      if (!this.#isReady(i)) continue; // it is looked at again when what it waits for has a window
      this.#planned += 1;
      if (this.#planned > most || this.#bookings.looks > MOST_LOOKS_AT_RUNS) return undefined;
      if (!this.#plan(i)) return undefined;
      this.#enqueueDependents(i);
    }

    if (this.#lastEnd() > this.#bound * (1 + WORSE)) return undefined;
    return { windows: this.#windows, explanations: this.#explanations };
  }

  /** Infinity where one that is to start has no window. */
  #lastEnd(): number {
    const { isPlaced, end } = this.#windows;
    return this.#columns.tasks.reduce((last, task, i) => {
      if (isPlaced[i] === 1) return Math.max(last, end[i] ?? 0);
      return isToStart(task) ? Infinity : last;
    }, 0);
  }

  /** The window of a task that is not to start as it is known now. */
  #takeOver({ progress, snapshot }: PlannedTask, i: number): void {
    const windows = this.#windows;
    switch (progress) {
      case 'Done':
        this.#set(i, this.#nodeOf(snapshot.node), this.#since(snapshot.startTime), 0);
        windows.end[i] = this.#since(snapshot.completionTime);
        windows.start[i] = Math.min(windows.start[i] ?? 0, windows.end[i] ?? 0);
        windows.contended[i] = 0;
        break;
      case 'Active': {
        const start = windows.start[i] ?? 0;
        const end = windows.end[i] ?? 0;
        const isKept = windows.isPlaced[i] === 1;
        const node = this.#nodeOf(snapshot.node);
        const reported = this.#since(snapshot.startTime);
        const clock = snapshot.state === 'Running' ? Math.min : Math.max;
        const begun = clock(this.#now, reported);
        const duration = isKept && windows.node[i] === node ? end - start : this.#alone(i, node);
        this.#set(i, node, Math.abs(begun - start) < 1 && windows.node[i] === node ? start : begun, duration);
        if (windows.node[i] !== this.#before.node[i] || (windows.end[i] ?? 0) > end + ROUNDING)
          this.#suspects.add(node);
        // One that is over its time still takes its node.
        if ((windows.end[i] ?? 0) <= this.#now) {
          const speed = this.#columns.groups[this.#columns.group[i] ?? 0]?.speed[node] ?? 1;
          windows.end[i] = this.#now + overdueSeconds(snapshot, this.#now - begun, speed);
          this.#suspects.add(node);
        }
        break;
      }
      default:
        windows.isPlaced[i] = 0;
    }
  }

  /** Seconds from the origin; now, where a time is not known. */
  #since(time: number | undefined): number {
    return ((time ?? this.#problem.now) - this.#origin) / 1000;
  }

  /** Is it elsewhere than was planned, or until another time? */
  #isOther(i: number): boolean {
    const { isPlaced, node, end } = this.#windows;
    const before = this.#before;
    return isPlaced[i] !== before.isPlaced[i] || node[i] !== before.node[i] || end[i] !== before.end[i];
  }

  #touchDependents(i: number): void {
    const { start, task } = this.#columns.dependents;
    for (let e = start[i] ?? 0; e < (start[i + 1] ?? 0); e++) this.#isTouched[task[e] ?? 0] = 1;
  }

  /** Takes tasks off nodes where what runs takes longer than was thought, or other pods have come, and too much is booked. */
  #makeRoom(): void {
    const { position, tasks } = this.#columns;
    const booked = [...this.#suspects].flatMap((node) => this.#bookings.bookedOn(node));
    booked.sort((a, b) => (position[b] ?? 0) - (position[a] ?? 0));
    for (const i of booked) {
      const task = tasks[i];
      if (task === undefined || !isToStart(task)) continue;
      if (!this.#isAllowed(i, this.#windows.node[i] ?? NO_NODE) || this.#bookings.holds(i)) continue;
      this.#bookings.remove(i);
      this.#windows.isPlaced[i] = 0;
    }
  }

  #set(i: number, node: number, start: number, duration: number): void {
    const windows = this.#windows;
    windows.isPlaced[i] = 1;
    windows.node[i] = node;
    windows.start[i] = start;
    windows.end[i] = start + duration;
  }

  #nodeOf(name: string | undefined): number {
    return this.#problem.nodesByName.get(name ?? '')?.index ?? this.#columns.nowhere;
  }

  #alone(i: number, node: number): number {
    const group = this.#columns.groups[this.#columns.group[i] ?? 0];
    return (this.#columns.work[i] ?? 0) / (group?.speed[node] ?? 1);
  }

  /** Is it worth asking whether it can start as planned? Most wait for nothing that has changed. */
  #isInDoubt({ progress }: PlannedTask, i: number): boolean {
    const { isPlaced, node, start } = this.#windows;
    if (progress === 'Bound' || isPlaced[i] !== 1 || this.#isTouched[i] === 1) return true;
    return (start[i] ?? 0) < this.#now || !this.#isAllowed(i, node[i] ?? NO_NODE);
  }

  /** Can the task start as planned? */
  #holds(i: number): boolean {
    const { isPlaced, node: nodes, start } = this.#windows;
    const node = nodes[i] ?? NO_NODE;
    if (isPlaced[i] !== 1 || !this.#isAllowed(i, node) || !this.#isReady(i)) return false;
    // Its inputs are on their way to the node that it has since they are there.
    const earliest = Math.max(this.#now, this.#releasedAt(i) + this.#transfer(i, node));
    return (start[i] ?? 0) + TOLERANCE >= earliest;
  }

  #isAllowed(i: number, node: number): boolean {
    const task = this.#columns.tasks[i];
    if (task?.progress === 'Bound') return node === this.#nodeOf(task.snapshot.node);
    return this.#columns.groups[this.#columns.group[i] ?? 0]?.isCandidate[node] === 1;
  }

  /** Has everything a window that it waits for? */
  #isReady(i: number): boolean {
    const { start, task } = this.#columns.dependencies;
    for (let e = start[i] ?? 0; e < (start[i + 1] ?? 0); e++) {
      if (this.#windows.isPlaced[task[e] ?? 0] !== 1) return false;
    }
    return true;
  }

  /** When it may be given a node. */
  #readyAt(i: number): number {
    return Math.max(this.#now, this.#releasedAt(i));
  }

  #releasedAt(i: number): number {
    const { start, task } = this.#columns.dependencies;
    const of = this.#columns.tasks[i];
    const { notBeforeTime = 0, creationTime = 0 } = of?.workflow.snapshot ?? {};
    const bound = of?.progress === 'Bound' ? (of.snapshot.startTime ?? 0) : 0;
    const earliest = (Math.max(notBeforeTime, creationTime, bound) - this.#origin) / 1000;
    let readyAt = earliest;
    for (let e = start[i] ?? 0; e < (start[i + 1] ?? 0); e++)
      readyAt = Math.max(readyAt, this.#windows.end[task[e] ?? 0] ?? 0);
    return readyAt;
  }

  /** Until inputs are there, beyond the moment at which the last of what it waits for ends. */
  #transfer(i: number, node: number): number {
    return transferSeconds(this.#columns, this.#windows.node, i, node);
  }

  #enqueue(i: number): void {
    if (this.#isQueued[i] === 1) return;
    this.#isQueued[i] = 1;
    this.#queue.push(this.#columns.position[i] ?? 0);
  }

  #enqueueDependents(i: number): void {
    const { start, task } = this.#columns.dependents;
    for (let e = start[i] ?? 0; e < (start[i + 1] ?? 0); e++) {
      const dependent = task[e] ?? 0;
      const of = this.#columns.tasks[dependent];
      if (of !== undefined && isToStart(of) && !this.#holds(dependent)) this.#enqueue(dependent);
    }
  }

  /** Gives a task a new window; false where no node takes it. */
  #plan(i: number): boolean {
    const { group: groupOf, groups, tasks } = this.#columns;
    const windows = this.#windows;
    const group = groups[groupOf[i] ?? 0];
    const task = tasks[i];
    if (group === undefined || task === undefined) return false;
    const before = windows.isPlaced[i] === 1 ? (windows.node[i] ?? NO_NODE) : NO_NODE;
    if (before !== NO_NODE) this.#bookings.remove(i);
    const readyAt = this.#readyAt(i);
    this.#bound = Math.max(this.#bound, readyAt + (this.#columns.rank[i] ?? 0) * this.#shortest());
    this.#search.begin(i, readyAt, this.#isMinor(i));
    if (task.progress === 'Bound') {
      const pin = this.#nodeOf(task.snapshot.node);
      const isHeld = group.isCandidate[pin] === 1;
      this.#search.look(isHeld ? pin : this.#columns.nowhere, this.#transfer(i, pin), 1);
    } else {
      this.#searchIn(group, i, before);
    }
    const { best } = this.#search;
    if (best === undefined) return false;
    this.#set(i, best.node, best.start, best.end - best.start);
    windows.contended[i] = best.contended;
    this.#bookings.add(i);
    this.#explanations.keep(i, this.#options);
    return true;
  }

  #searchIn({ candidates, isCandidate }: Group, task: number, before: number): void {
    const search = this.#search;
    const hasMany = candidates.length > MANY_NODES;
    if (isCandidate[before] === 1) search.look(before, this.#transfer(task, before), STICKINESS);
    if (hasMany) this.#lookOn(candidates, task);
    if (hasMany && search.isGood) return;
    // Most start at once on some node; only where none does, later starts are looked at.
    for (const waits of [false, true]) {
      const worthwhile = search.worthwhile(candidates);
      for (let at = 0; at < worthwhile && !search.isDone(candidates[at] ?? 0, candidates.length); at++)
        this.#lookAt(candidates, at, task, waits);
      if (search.isGood) return;
    }
  }

  /** A few nodes from the one on that was found last: those before it were full or busy, and most of them will be still. */
  #lookOn(candidates: Int32Array, task: number): void {
    let at = this.#foundAt;
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const worthwhile = this.#search.worthwhile(candidates);
      if (looks >= worthwhile) return;
      this.#lookAt(candidates, at % worthwhile, task, false);
      at = (at % worthwhile) + 1;
    }
  }

  #lookAt(candidates: Int32Array, at: number, task: number, waits: boolean): void {
    const node = candidates[at] ?? NO_NODE;
    this.#search.look(node, this.#transfer(task, node), 1, waits);
    if (this.#search.best?.node === node) this.#foundAt = at;
  }

  /** Of a mean node's pace, that of the fastest: ranks are taken with the mean. */
  #shortest(): number {
    this.#fastest ??= this.#fastestShare();
    return this.#fastest;
  }

  #fastest: number | undefined;

  #fastestShare(): number {
    const speeds = this.#problem.nodes.filter((n) => n.snapshot.schedulable).map((n) => n.speed);
    const fastest = speeds.reduce((most, speed) => Math.max(most, speed), 0);
    const pace = speeds.reduce((sum, speed) => sum + 1 / speed, 0) / speeds.length;
    return speeds.length === 0 ? 0 : Math.min(1, 1 / (fastest * pace));
  }

  /** Does it wait for a quiet node, as the policy has it for what is not critical? */
  #isMinor(i: number): boolean {
    if (this.#policy.critical === 0) return false;
    const { rank, tasks } = this.#columns;
    let top = 0;
    tasks.forEach((task, j) => {
      if (task.progress !== 'Done' && (this.#windows.end[j] ?? 0) > (this.#windows.start[i] ?? 0))
        top = Math.max(top, rank[j] ?? 0);
    });
    return (rank[i] ?? 0) < this.#policy.critical * top;
  }
}

function isToStart({ progress }: PlannedTask): boolean {
  return progress === 'Open' || progress === 'Bound';
}
