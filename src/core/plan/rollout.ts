/**
 * What comes of a policy: the rest of all workflows, simulated from now until everything is done.
 *
 * Between two events (a start, an end, a release, the next slot of the forecast) a task runs at the speed that it
 * is expected to have with everything that runs on its node, and is contended with the probability that
 * something is short. So a rollout is a plan: it gives each task a node, a window, and a contention score.
 */
import { Board, COMING, DONE, NO_NODE, READY, RUNNING, WAITING } from './board.ts';
import { Choice, isOverdue } from './choice.ts';
import { comeTrue, type Schedule, type Script } from './ahead/index.ts';
import { arrivalTime, transferSeconds } from './columns.ts';
import type { Course } from './course.ts';
import type { Explanations } from './explanations.ts';
import { NodeClocks, ROUNDING } from './node-clocks.ts';
import { DEFAULT_POLICY, type Policy } from './policy.ts';
import { ReadyQueue } from './ready-queue.ts';
import { ReleaseQueue } from './release-queue.ts';

/** When nothing will change any more, whatever is best will do. */
const DESPERATE: Policy = { ...DEFAULT_POLICY, tolerance: Infinity };

/** A running task that is stopped now and starts anew on another node. */
export interface Move {
  readonly task: number;
  readonly node: number;
}

export interface Outcome {
  /** Seconds from now, by workflow: the end of its last task. */
  readonly completion: Float64Array;
  /** Expected task-seconds from now on, and how many of them contended. */
  readonly seconds: number;
  readonly contended: number;
  /** Tasks that no node took. */
  readonly stuck: number;
}

export interface RunOptions {
  /** Made before anything else. */
  readonly moves?: readonly Move[];
  /** Stop at this time, in seconds from now. */
  readonly until?: number;
  /** Filled with the options that each task had. */
  readonly explanations?: Explanations;
  /** Followed instead of the policy. */
  readonly script?: Script;
  /** Filled with tasks that are not started now, though a node has room for them. */
  readonly heldBack?: Set<number>;
}

export class Rollout {
  /** As the last run left it: every task that could be placed is done. */
  readonly board: Board;
  readonly #course: Course;
  readonly #choice: Choice;
  readonly #clocks: NodeClocks;
  readonly #ready: ReadyQueue;
  readonly #releases: ReleaseQueue;
  /** Bound tasks that are ready and wait for room on their node. */
  readonly #bound: number[] = [];
  /** Groups for which no node was good enough in this slot: only those where room has come free since need be asked. */
  readonly #blocked: Uint8Array;
  readonly #freed: number[] = [];
  #policy: Policy | undefined;
  #script: Script | undefined;
  /** With a script: whose turn it is, by node; and nodes where that task has become ready. */
  readonly #turns: Int32Array;
  readonly #due: number[] = [];
  #explanations: Explanations | undefined;
  #heldBack: Set<number> | undefined;
  /** Do pods have rules among them? */
  readonly #isSpread: boolean;
  #now = 0;
  #left = 0;
  /** Position in the order of ranks of the first task that is not done. */
  #topAt = 0;

  constructor(course: Course) {
    const { columns, standing } = course;
    this.#course = course;
    this.#isSpread = columns.podRules.rules.length > 0;
    this.board = new Board(columns, standing.board.active.length);
    this.#choice = new Choice(course, this.board);
    this.#ready = new ReadyQueue(columns.groups.length, columns.group, columns.position);
    this.#blocked = new Uint8Array(columns.groups.length);
    this.#clocks = new NodeClocks(course, this.board);
    this.#turns = new Int32Array(columns.nowhere + 1);
    this.#releases = new ReleaseQueue(columns.tasks.length);
  }

  /** What one run costs, roughly: tasks that are not done, times nodes. */
  get size(): number {
    const { columns, standing } = this.#course;
    return standing.board.state.reduce((n, s) => (s < DONE ? n + 1 : n), 0) * columns.nowhere;
  }

  /** What all runs have cost, roughly: how often a task was held against a node. */
  get looks(): number {
    return this.#choice.looks;
  }

  run(
    policy: Policy,
    { moves = [], until = Infinity, explanations, script, heldBack }: RunOptions = {},
  ): Outcome {
    this.#policy = policy;
    this.#script = script;
    this.#explanations = explanations;
    this.#heldBack = heldBack;
    this.#begin(moves);
    let decideAt = 0;
    let lastDecision = -Infinity;
    while (this.#left > 0) {
      if (this.#now >= decideAt) {
        this.#decide();
        lastDecision = this.#now;
        decideAt = Infinity;
      }
      const node = this.#clocks.nextNode;
      const nodeAt = this.#clocks.nextAt(node);
      const { slotEnd } = this.#clocks;
      const next = Math.min(nodeAt, this.#releases.nextTime, slotEnd, decideAt);
      if (next > until) break;
      if (next === Infinity) {
        // Nothing will change any more by itself.
        if (!this.#decideAnyhow()) break;
        continue;
      }
      this.#now = Math.max(this.#now, next);
      let hasChanged = false;
      if (slotEnd <= this.#now) {
        this.#clocks.enterSlot(this.#now);
        this.#blocked.fill(0);
        hasChanged = true;
      }
      while (this.#releases.nextTime <= this.#now) {
        this.#makeReady(this.#releases.pop());
        hasChanged = true;
      }
      if (nodeAt <= this.#now && this.#step(node)) hasChanged = true;
      if (hasChanged)
        decideAt = Math.min(decideAt, Math.max(this.#now, lastDecision + this.#course.granularity));
    }
    if (until < Infinity) this.#clocks.advanceAll(until);
    return this.outcome;
  }

  /** Leaves all as a run does that follows a schedule, on nodes where nothing is ever short. */
  assume(schedule: Schedule): Outcome {
    const { board } = this;
    board.copy(this.#course.standing.board);
    this.#clocks.seconds = comeTrue(schedule, board);
    this.#clocks.contended = 0;
    this.#left = 0;
    return this.outcome;
  }

  #begin(moves: readonly Move[]): void {
    const { board } = this;
    const { standing } = this.#course;
    board.copy(standing.board);
    this.#now = 0;
    this.#ready.clear();
    this.#releases.clear();
    this.#bound.length = 0;
    this.#blocked.fill(0);
    this.#freed.length = 0;
    this.#left = 0;
    this.#topAt = 0;
    if (this.#script !== undefined) this.#turns.set(this.#script.first);
    this.#due.length = 0;
    for (const { task, node } of moves) this.#move(task, node);
    for (let i = 0; i < board.state.length; i++) {
      const state = board.state[i] ?? DONE;
      if (state >= DONE) continue;
      this.#left += 1;
      if (state === READY) this.#release(i);
      else if (state === WAITING && board.missing[i] === 0) this.#release(i);
    }
    this.#clocks.reset();
  }

  #move(task: number, node: number): void {
    const { board } = this;
    board.leave(task);
    board.left[task] = this.#course.columns.work[task] ?? 0;
    board.commit(task, node, transferSeconds(this.#course.columns, board.node, task, node));
  }

  /** What it waited for is done: it is ready when its time has come, and with a script when its inputs are there, too. */
  #release(task: number): void {
    const { board } = this;
    let at = board.readyAt[task] ?? 0;
    if (this.#script !== undefined) {
      const { columns, standing } = this.#course;
      const node = this.#script.node[task] ?? NO_NODE;
      // What was made before now is sent from now on, unless the plan was in force already.
      const since = this.#script.isInForce ? -Infinity : 0;
      at = arrivalTime(columns, board, standing.notBefore[task] ?? 0, task, node, since);
    }
    if (at <= this.#now) this.#makeReady(task);
    else {
      board.state[task] = WAITING;
      this.#releases.push(at, task);
    }
  }

  #makeReady(task: number): void {
    this.board.state[task] = READY;
    const node = this.#nodeOf(task);
    if (node === NO_NODE) this.#ready.add(task);
    else if (this.#script === undefined) this.#bound.push(task);
    else if (this.#turns[node] === task) this.#due.push(node);
  }

  /** The node that it must go to. */
  #nodeOf(task: number): number {
    return (this.#script?.node ?? this.#course.standing.pinned)[task] ?? NO_NODE;
  }

  #decide(): void {
    const policy = this.#policy;
    if (policy === undefined) return;
    // A start may open a domain for tasks that were asked before, where tasks are spread.
    while (this.#startAll(policy) && this.#isSpread);
    this.#freed.length = 0;
    if (this.#now === 0 && this.#heldBack !== undefined) this.#noteHeldBack(this.#heldBack);
  }

  /** One round over all that is ready; true where something has started. */
  #startAll(policy: Policy): boolean {
    const { board } = this;
    let hasStarted = this.#script === undefined ? this.#placeBound() : this.#follow(this.#script);
    if (this.#ready.size === 0) return hasStarted;
    const top = this.#highestRank();
    const { columns, overdue } = this.#course;
    const hasTurn = (task: number): boolean => this.#hasTurn(task);
    const isPastWaiting = (task: number): boolean => overdue.has(task);
    const isDue = (task: number): boolean =>
      isPastWaiting(task) ||
      isOverdue(policy, this.#now - (board.readyAt[task] ?? 0), columns.work[task] ?? 0);
    const isRuled = (group: number): boolean => (columns.groups[group]?.rules.required.length ?? 0) > 0;
    const explain = this.#explanations !== undefined;
    this.#ready.beginRound();
    for (let task = this.#ready.turn(); task >= 0; task = this.#ready.turn()) {
      const group = columns.group[task] ?? 0;
      if (!hasTurn(task)) {
        this.#blocked[group] = 0;
        this.#ready.skip(task, hasTurn);
        continue;
      }
      const only = this.#blocked[group] === 1 && !isDue(task) ? this.#freed : undefined;
      const node = isPastWaiting(task)
        ? this.#anyNode(task)
        : this.#choice.choose(task, this.#now, policy, top, explain, only);
      if (node === NO_NODE) {
        // What a rule among pods waits for may come to pass on any node.
        this.#blocked[group] = isRuled(group) ? 0 : 1;
        if (isPastWaiting(task)) this.#ready.skip(task);
        else if (policy.patience !== Infinity && !isDue(task)) this.#ready.skip(task, isDue);
        else this.#ready.skip(task, overdue.size > 0 ? isPastWaiting : undefined);
        continue;
      }
      this.#explanations?.keep(task, this.#choice.options);
      // The group has nobody left who would ask the nodes that come free.
      if (this.#ready.take(task)) this.#blocked[group] = 0;
      this.#start(task, node);
      hasStarted = true;
    }
    return hasStarted;
  }

  #placeBound(): boolean {
    const order = this.#course.columns.position;
    if (this.#bound.length === 0) return false;
    this.#bound.sort((a, b) => (order[a] ?? 0) - (order[b] ?? 0));
    const waiting = this.#bound.filter((task) => {
      const node = this.#nodeOf(task);
      if (!this.#choice.hasRoomFor(task, node)) return true;
      this.#start(task, node);
      return false;
    });
    const hasStarted = waiting.length < this.#bound.length;
    this.#bound.length = 0;
    this.#bound.push(...waiting);
    return hasStarted;
  }

  /** Starts tasks whose turn it is, where that or the room on their node is new; true where there were any. */
  #follow(script: Script): boolean {
    let hasStarted = false;
    for (const node of [...this.#due, ...this.#freed]) {
      for (let task = this.#turns[node] ?? -1; task >= 0; task = this.#turns[node] ?? -1) {
        if (this.board.state[task] !== READY || !this.#choice.hasRoomFor(task, node)) break;
        this.#turns[node] = script.next[task] ?? -1;
        if (this.#explanations !== undefined) {
          this.#choice.choose(task, this.#now, DESPERATE, 0, true);
          this.#explanations.keep(task, this.#choice.options);
        }
        this.#start(task, node);
        hasStarted = true;
      }
    }
    this.#due.length = 0;
    return hasStarted;
  }

  /** Places one task that would wait for ever; false where none can be. */
  #decideAnyhow(): boolean {
    this.#ready.beginRound();
    for (let task = this.#ready.turn(); task >= 0; task = this.#ready.turn()) {
      const node = this.#anyNode(task);
      if (node === NO_NODE) {
        this.#ready.skip(task, () => true);
        continue;
      }
      this.#explanations?.keep(task, this.#choice.options);
      this.#ready.take(task);
      this.#start(task, node);
      return true;
    }
    return false;
  }

  /** The best node that has room, however contended. */
  #anyNode(task: number): number {
    const best = this.#choice.choose(task, this.#now, DESPERATE, 0, this.#explanations !== undefined);
    return best === NO_NODE ? this.#choice.anyNode(task) : best;
  }

  #hasTurn(task: number): boolean {
    const workflow = this.#course.columns.workflow[task] ?? 0;
    return (this.board.active[workflow] ?? 0) < (this.#course.parallelism[workflow] ?? Infinity);
  }

  #noteHeldBack(heldBack: Set<number>): void {
    const { columns, standing } = this.#course;
    const hasRoom = columns.groups.map((): boolean | undefined => undefined);
    heldBack.clear();
    this.board.state.forEach((state, task) => {
      if (state !== READY || standing.pinned[task] !== NO_NODE || !this.#hasTurn(task)) return;
      const group = columns.group[task] ?? 0;
      hasRoom[group] ??= columns.groups[group]?.candidates.some((n) => this.#choice.hasRoomFor(task, n));
      if (hasRoom[group] === true) heldBack.add(task);
    });
  }

  #start(task: number, node: number): void {
    const transfer =
      this.#script === undefined ? transferSeconds(this.#course.columns, this.board.node, task, node) : 0;
    const arrival = this.#now + transfer;
    this.board.commit(task, node, arrival);
    if (arrival > this.#now + ROUNDING) {
      this.#clocks.expect(node, arrival);
      return;
    }
    this.#clocks.advance(node, this.#now);
    this.board.run(task, this.#now);
    this.#clocks.refresh(node, this.#now);
  }

  /** Something ends or arrives on a node; true where room has come free, or tasks that are spread may look again. */
  #step(node: number): boolean {
    const { board } = this;
    this.#clocks.advance(node, this.#now);
    let hasEnded = false;
    let hasStarted = false;
    for (let task = board.first[node] ?? -1; task >= 0;) {
      const following = board.next[task] ?? -1;
      if (board.state[task] === COMING && (board.arrival[task] ?? 0) <= this.#now + ROUNDING) {
        board.run(task, this.#now);
        hasStarted = true;
      } else if (board.state[task] === RUNNING && this.#clocks.isOver(task, this.#now)) {
        this.#finish(task);
        hasEnded = true;
      }
      task = following;
    }
    this.#clocks.refresh(node, this.#now);
    if (hasEnded) this.#freed.push(node);
    return hasEnded || (hasStarted && this.#isSpread);
  }

  #finish(task: number): void {
    const { board } = this;
    const { dependents } = this.#course.columns;
    board.leave(task);
    board.state[task] = DONE;
    board.end[task] = this.#now;
    this.#left -= 1;
    for (let e = dependents.start[task] ?? 0; e < (dependents.start[task + 1] ?? 0); e++) {
      const dependent = dependents.task[e] ?? 0;
      if (board.state[dependent] !== WAITING) continue;
      const missing = (board.missing[dependent] ?? 0) - 1;
      board.missing[dependent] = missing;
      const readyAt = Math.max(board.readyAt[dependent] ?? 0, this.#now);
      board.readyAt[dependent] = readyAt;
      if (missing === 0) this.#release(dependent);
    }
  }

  #highestRank(): number {
    const { byRank, rank } = this.#course.columns;
    while (this.#topAt < byRank.length && (this.board.state[byRank[this.#topAt] ?? 0] ?? DONE) >= DONE)
      this.#topAt += 1;
    return this.#topAt < byRank.length ? (rank[byRank[this.#topAt] ?? 0] ?? 0) : 0;
  }

  /** What came of the last run. */
  get outcome(): Outcome {
    const { columns, standing } = this.#course;
    const completion = new Float64Array(standing.board.active.length).fill(-Infinity);
    for (let i = 0; i < columns.tasks.length; i++) {
      if (this.board.state[i] !== DONE) continue;
      const workflow = columns.workflow[i] ?? 0;
      completion[workflow] = Math.max(completion[workflow] ?? 0, this.board.end[i] ?? 0);
    }
    const { seconds, contended } = this.#clocks;
    return { completion, seconds, contended, stuck: this.#left };
  }
}
