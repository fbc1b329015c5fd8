/**
 * Runs the tasks of a case as a planner says, on nodes with their true background load.
 *
 * CPU, GPU and network that are short slow tasks down: everything on the node by the same factor
 * (Proportional), or the tasks alone (BackgroundFirst). Where memory is short a task waits to start, and later
 * the youngest pauses. Inputs travel at the slower bandwidth of both nodes, from when their producer ends. The
 * planner is asked at every slot and whenever tasks become ready; a running task that it gives another node is
 * stopped, and starts there from the beginning.
 */
import { backgroundAt, type Case } from './case.ts';
import type { Sharing } from '../../src/core/plan/snapshot.ts';

const EPSILON = 1e-9;
const COMPRESSIBLE = [0, 2, 3];
const SLOWEST = 0.02;
/** Below it a task counts as contended. */
const FULL_SPEED = 0.999;
const LONGEST_DAYS = 60;

export type TaskState = 'Pending' | 'Running' | 'Succeeded';

/** What a planner can know. */
export interface Observed {
  readonly now: number;
  readonly tasks: readonly {
    readonly state: TaskState;
    readonly node: number;
    readonly start: number;
    readonly end: number;
  }[];
}

/** By task: node, and a time before which it does not start. */
export type Decisions = ReadonlyMap<number, { readonly node: number; readonly start: number }>;

export interface Answer {
  readonly decisions: Decisions;
  /** The planner is asked again at this time as well. */
  readonly lookAgainAt?: number;
}

export type Planner = (observed: Observed) => Answer;

export interface Result {
  readonly makespan: number;
  readonly taskSeconds: number;
  readonly contendedSeconds: number;
  readonly lostSeconds: number;
  readonly restarts: number;
  readonly decisions: number;
  /** By task: node, start, end and contended seconds of its last run. */
  readonly runs: readonly { node: number; start: number; end: number; contended: number }[];
}

interface Run {
  readonly task: number;
  readonly start: number;
  left: number;
  pace: number;
  isPaused: boolean;
}

type State = 'Waiting' | 'Bound' | 'Running' | 'Done';

/** @param longestDays a run that takes longer is an error: its tasks wait for what never comes */
export function simulate(of: Case, sharing: Sharing, plan: Planner, longestDays = LONGEST_DAYS): Result {
  return new Simulation(of, sharing, plan).run(longestDays * 86_400);
}

class Simulation {
  readonly #case: Case;
  readonly #sharing: Sharing;
  readonly #plan: Planner;
  readonly #events = new Events();
  readonly #state: State[];
  readonly #node: number[];
  readonly #missing: number[];
  readonly #start: number[];
  readonly #end: number[];
  readonly #dataReady: number[];
  readonly #notBefore: number[];
  readonly #contended: number[];
  readonly #lost: number[];
  readonly #runs: Run[][];
  readonly #queues: number[][];
  readonly #last: number[];
  readonly #version: number[];
  #background: (readonly number[])[];
  #now = 0;
  #done = 0;
  #restarts = 0;
  #decisions = 0;
  #lookAgainAt = Infinity;

  constructor(of: Case, sharing: Sharing, plan: Planner) {
    this.#case = of;
    this.#sharing = sharing;
    this.#plan = plan;
    const zeros = (): number[] => of.tasks.map(() => 0);
    this.#state = of.tasks.map(() => 'Waiting');
    this.#node = of.tasks.map(() => -1);
    this.#missing = of.tasks.map((t) => t.parents.length);
    [this.#start, this.#end, this.#dataReady] = [zeros(), zeros(), zeros()];
    [this.#notBefore, this.#contended, this.#lost] = [zeros(), zeros(), zeros()];
    this.#runs = of.nodes.map(() => []);
    this.#queues = of.nodes.map(() => []);
    this.#last = of.nodes.map(() => 0);
    this.#version = of.nodes.map(() => 0);
    this.#background = of.nodes.map((_, j) => backgroundAt(of, j, 0));
  }

  run(longest: number): Result {
    const { tasks, slotSeconds, nodes } = this.#case;
    this.#ask();
    tasks.forEach((task, i) => {
      if (task.parents.length === 0) this.#events.push(task.release, { kind: 'ready', task: i });
    });
    this.#events.push(slotSeconds, { kind: 'slot', slot: 1 });
    while (this.#done < tasks.length) {
      const at = this.#events.nextTime;
      if (at === Infinity || at > longest) throw new Error(`${this.#case.name}: tasks wait for ever`);
      this.#now = at;
      const touched = new Set<number>();
      let isAsked = false;
      while (this.#events.nextTime <= at + EPSILON) {
        const event = this.#events.pop();
        if (event === undefined) break;
        if (event.kind === 'ready') isAsked = true;
        else if (event.kind === 'look') isAsked ||= event.at === this.#lookAgainAt;
        else if (event.kind === 'node') touched.add(event.node);
        else if (event.kind === 'end') {
          if (this.#version[event.node] === event.version) touched.add(event.node);
        } else {
          nodes.forEach((_, j) => this.#advance(j));
          this.#background = nodes.map((_, j) => backgroundAt(this.#case, j, event.slot));
          nodes.forEach((_, j) => touched.add(j));
          this.#events.push((event.slot + 1) * slotSeconds, { kind: 'slot', slot: event.slot + 1 });
          isAsked = true;
        }
      }
      for (const node of touched) this.#step(node);
      if (isAsked && this.#done < tasks.length) {
        this.#ask();
      }
    }
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    return {
      makespan: Math.max(...this.#end),
      taskSeconds: sum(tasks.map((_, i) => (this.#end[i] ?? 0) - (this.#start[i] ?? 0))),
      contendedSeconds: sum(this.#contended),
      lostSeconds: sum(this.#lost),
      restarts: this.#restarts,
      decisions: this.#decisions,
      runs: tasks.map((_, i) => ({
        node: this.#node[i] ?? -1,
        start: this.#start[i] ?? 0,
        end: this.#end[i] ?? 0,
        contended: this.#contended[i] ?? 0,
      })),
    };
  }

  #ask(): void {
    this.#decisions += 1;
    const { decisions, lookAgainAt = Infinity } = this.#plan({
      now: this.#now,
      tasks: this.#state.map((state, i) => ({
        state: state === 'Running' ? 'Running' : state === 'Done' ? 'Succeeded' : 'Pending',
        node: this.#node[i] ?? -1,
        start: this.#start[i] ?? 0,
        end: this.#end[i] ?? 0,
      })),
    });
    this.#apply(decisions);
    if (lookAgainAt > this.#now && lookAgainAt < Infinity && lookAgainAt !== this.#lookAgainAt)
      this.#events.push(lookAgainAt, { kind: 'look', at: lookAgainAt });
    this.#lookAgainAt = lookAgainAt;
  }

  #apply(decisions: Decisions): void {
    for (const [task, { node, start }] of decisions) {
      const state = this.#state[task];
      if (state === 'Done' || (state === 'Running' && this.#node[task] === node)) continue;
      this.#notBefore[task] = start;
      if (state === 'Running') {
        const old = this.#node[task] ?? 0;
        this.#advance(old);
        this.#runs[old] = (this.#runs[old] ?? []).filter((r) => r.task !== task);
        this.#version[old] = (this.#version[old] ?? 0) + 1;
        this.#restarts += 1;
        this.#bind(task, node, this.#now);
        this.#events.push(this.#now, { kind: 'node', node: old });
      } else if (state === 'Bound') {
        const old = this.#node[task] ?? 0;
        if (old === node) {
          const at = Math.max(this.#now, start, this.#dataReady[task] ?? 0);
          this.#events.push(at, { kind: 'node', node });
        } else {
          this.#queues[old] = (this.#queues[old] ?? []).filter((t) => t !== task);
          this.#bind(task, node, this.#now);
        }
      } else if (this.#missing[task] === 0 && this.#now >= (this.#case.tasks[task]?.release ?? 0)) {
        this.#bind(task, node, undefined);
      }
    }
  }

  /** `from`: inputs are sent again, from that time on; undefined: they left when they were made. */
  #bind(task: number, node: number, from: number | undefined): void {
    this.#node[task] = node;
    this.#state[task] = 'Bound';
    this.#queues[node]?.push(task);
    const arrival = Math.max(this.#now, this.#arrival(task, node, from));
    this.#dataReady[task] = arrival;
    this.#events.push(Math.max(arrival, this.#notBefore[task] ?? 0), { kind: 'node', node });
  }

  #arrival(task: number, node: number, from: number | undefined): number {
    const { tasks, nodes } = this.#case;
    const { release = 0, externalBytes = 0, parents = [], parentBytes = [] } = tasks[task] ?? {};
    const bandwidth = (n: number): number => nodes[n]?.bandwidth ?? Infinity;
    let arrival = (from ?? Math.max(release, 0)) + externalBytes / bandwidth(node);
    parents.forEach((parent, k) => {
      const source = this.#node[parent] ?? node;
      const transfer =
        source === node ? 0 : (parentBytes[k] ?? 0) / Math.min(bandwidth(source), bandwidth(node));
      arrival = Math.max(arrival, (from ?? this.#end[parent] ?? 0) + transfer);
    });
    return arrival;
  }

  #advance(node: number): void {
    const elapsed = this.#now - (this.#last[node] ?? 0);
    this.#last[node] = this.#now;
    if (elapsed <= 0) return;
    const speed = this.#case.nodes[node]?.speed ?? 1;
    for (const run of this.#runs[node] ?? []) {
      run.left -= elapsed * run.pace * speed;
      if (run.pace >= FULL_SPEED) continue;
      this.#contended[run.task] = (this.#contended[run.task] ?? 0) + elapsed;
      this.#lost[run.task] = (this.#lost[run.task] ?? 0) + elapsed * (1 - run.pace);
    }
  }

  #step(node: number): void {
    this.#advance(node);
    this.#finish(node);
    this.#startQueued(node);
    this.#pace(node);
  }

  #finish(node: number): void {
    const { tasks } = this.#case;
    const isDone = ({ left, task }: Run): boolean => left <= 1e-6 * Math.max(1, tasks[task]?.work ?? 1);
    const runs = this.#runs[node] ?? [];
    for (const { task } of runs.filter(isDone)) {
      this.#state[task] = 'Done';
      this.#end[task] = this.#now;
      this.#done += 1;
      for (const child of tasks[task]?.children ?? []) {
        const missing = (this.#missing[child] ?? 0) - 1;
        this.#missing[child] = missing;
        const release = Math.max(this.#now, tasks[child]?.release ?? 0);
        if (missing === 0) this.#events.push(release, { kind: 'ready', task: child });
      }
    }
    this.#runs[node] = runs.filter((run) => !isDone(run));
  }

  #startQueued(node: number): void {
    const { tasks, nodes } = this.#case;
    const capacity = nodes[node]?.capacity ?? [];
    const background = this.#background[node] ?? [];
    const own = this.#load(this.#runs[node] ?? []);
    const queue = this.#queues[node] ?? [];
    const inOrder = queue.toSorted((a, b) => (this.#notBefore[a] ?? 0) - (this.#notBefore[b] ?? 0) || a - b);
    for (const task of inOrder) {
      if ((this.#dataReady[task] ?? 0) > this.#now + EPSILON) continue;
      if ((this.#notBefore[task] ?? 0) > this.#now + EPSILON) continue;
      const demand = tasks[task]?.demand ?? [];
      const fits = [0, 1, 2].every((r) => (own[r] ?? 0) + (demand[r] ?? 0) <= (capacity[r] ?? 0) + EPSILON);
      const memory = (own[1] ?? 0) + (demand[1] ?? 0) + (background[1] ?? 0);
      if (!fits || memory > (capacity[1] ?? 0) + EPSILON) continue;
      queue.splice(queue.indexOf(task), 1);
      this.#runs[node]?.push({
        task,
        start: this.#now,
        left: tasks[task]?.work ?? 0,
        pace: 1,
        isPaused: false,
      });
      this.#state[task] = 'Running';
      this.#start[task] = this.#now;
      demand.forEach((d, r) => (own[r] = (own[r] ?? 0) + d));
    }
  }

  #pace(node: number): void {
    const { tasks, nodes } = this.#case;
    const capacity = nodes[node]?.capacity ?? [];
    const background = this.#background[node] ?? [];
    const runs = (this.#runs[node] ?? []).toSorted((a, b) => a.start - b.start);
    let memory = background[1] ?? 0;
    for (const run of runs) {
      const demand = tasks[run.task]?.demand[1] ?? 0;
      run.isPaused = memory + demand > (capacity[1] ?? 0) + EPSILON;
      if (!run.isPaused) memory += demand;
    }
    const load = this.#load(runs.filter((run) => !run.isPaused));
    const factor = [1, 1, 1, 1];
    for (const r of COMPRESSIBLE) {
      const [own = 0, other = 0, all = 0] = [load[r], background[r], capacity[r]];
      if (own + other <= all + EPSILON || own <= 0) continue;
      factor[r] =
        this.#sharing === 'Proportional' ? all / (own + other) : Math.max(SLOWEST, (all - other) / own);
    }
    const speed = nodes[node]?.speed ?? 1;
    let next = Infinity;
    for (const run of runs) {
      const demand = tasks[run.task]?.demand ?? [];
      run.pace = run.isPaused
        ? 0
        : COMPRESSIBLE.reduce((pace, r) => ((demand[r] ?? 0) > 0 ? Math.min(pace, factor[r] ?? 1) : pace), 1);
      if (run.pace > 0) next = Math.min(next, this.#now + Math.max(0, run.left) / (run.pace * speed));
    }
    this.#version[node] = (this.#version[node] ?? 0) + 1;
    if (next < Infinity) this.#events.push(next, { kind: 'end', node, version: this.#version[node] ?? 0 });
  }

  #load(runs: readonly Run[]): number[] {
    const load = [0, 0, 0, 0];
    for (const { task } of runs)
      this.#case.tasks[task]?.demand.forEach((d, r) => (load[r] = (load[r] ?? 0) + d));
    return load;
  }
}

type Event =
  | { readonly kind: 'ready'; readonly task: number }
  | { readonly kind: 'look'; readonly at: number }
  | { readonly kind: 'node'; readonly node: number }
  | { readonly kind: 'end'; readonly node: number; readonly version: number }
  | { readonly kind: 'slot'; readonly slot: number };

/** By time, and then as they were pushed. */
class Events {
  readonly #heap: { readonly at: number; readonly turn: number; readonly event: Event }[] = [];
  #turn = 0;

  get nextTime(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  push(at: number, event: Event): void {
    const heap = this.#heap;
    heap.push({ at, turn: ++this.#turn, event });
    for (let i = heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!this.#swapIfBefore(i, parent)) return;
      i = parent;
    }
  }

  pop(): Event | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined) return undefined;
    if (heap.length === 0) return top.event;
    heap[0] = last;
    for (let i = 0; ;) {
      const left = 2 * i + 1;
      if (left >= heap.length) return top.event;
      const child = left + 1 < heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfBefore(child, i)) return top.event;
      i = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return false;
    return x.at < y.at || (x.at === y.at && x.turn < y.turn);
  }

  #swapIfBefore(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined || !this.#isBefore(a, b)) return false;
    this.#heap[a] = y;
    this.#heap[b] = x;
    return true;
  }
}
