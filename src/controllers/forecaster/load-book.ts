/**
 * The recent background load of every node, in memory: read from the history at the start, and kept up with what is
 * observed since. Amounts are in base units, times in milliseconds; NaN: not measured.
 *
 * Samples are folded into the grid that forecasts are made on as they come: the mean of each step is all that is asked
 * for, and two weeks of samples every 30 seconds would take ten times the room.
 */
import type { Series } from '../../core/forecast/index.ts';
import { RESOURCES, byResource, type Resource } from '../../core/resources.ts';
import type { Load, NodeHistory } from '../../history/index.ts';

export interface Measured {
  readonly time: number;
  readonly value: number;
}

export class LoadBook {
  /** How far back it reaches; what is older is dropped. */
  readonly windowMs: number;
  /** Of the grid. Steps begin at multiples of it since the epoch. */
  readonly stepSeconds: number;
  readonly #nodes = new Map<string, NodeLoad>();

  constructor(windowMs: number, stepSeconds: number) {
    this.windowMs = windowMs;
    this.stepSeconds = stepSeconds;
  }

  /** Takes up a history. What was observed meanwhile follows what is read. */
  load(histories: Iterable<NodeHistory>): void {
    const read = new Map<string, NodeLoad>();
    this.#take(histories, read);
    this.#precede(read);
  }

  /** The same of a history that comes in parts, the oldest first, and would take much room as a whole. */
  async loadParts(parts: AsyncIterable<Iterable<NodeHistory>>): Promise<void> {
    const read = new Map<string, NodeLoad>();
    for await (const part of parts) this.#take(part, read);
    this.#precede(read);
  }

  /** An observation that is not newer than the last one tells nothing new, and is left out. */
  append(node: string, time: number, load: Load): boolean {
    let known = this.#nodes.get(node);
    if (known === undefined) {
      known = this.#make();
      this.#nodes.set(node, known);
    }
    if (time <= known.lastTime) return false;
    known.add(
      time,
      byResource((r) => load[r] ?? NaN),
    );
    return true;
  }

  /** The mean of every step from the one that holds `from` to the last that is over by `to`. The caller's own. */
  series(node: string, resource: Resource, { from, to }: { from: number; to: number }): Series {
    const stepMs = this.stepSeconds * 1000;
    const first = Math.floor(from / stepMs);
    const values = new Float64Array(Math.max(0, Math.floor(to / stepMs) - first)).fill(NaN);
    this.#nodes.get(node)?.copy(resource, first, values);
    return { startTime: first * stepMs, stepSeconds: this.stepSeconds, values };
  }

  /** The newest sample of a resource that was measured. */
  last(node: string, resource: Resource): Measured | undefined {
    return this.#nodes.get(node)?.last[resource];
  }

  lastTime(node: string): number | undefined {
    const time = this.#nodes.get(node)?.lastTime;
    return time === undefined || time === -Infinity ? undefined : time;
  }

  /** Milliseconds from the oldest step that is kept of a node to its newest. */
  spanMs(node: string): number {
    return this.#nodes.get(node)?.spanMs ?? 0;
  }

  nodes(): Iterable<string> {
    return this.#nodes.keys();
  }

  forget(node: string): void {
    this.#nodes.delete(node);
  }

  #take(histories: Iterable<NodeHistory>, read: Map<string, NodeLoad>): void {
    for (const { node, time, load } of histories) {
      const known = read.get(node) ?? this.#make();
      read.set(node, known);
      for (let i = 0; i < time.length; i++) {
        known.add(
          time[i] ?? 0,
          byResource((r) => load[r][i] ?? NaN),
        );
      }
    }
  }

  #precede(read: ReadonlyMap<string, NodeLoad>): void {
    for (const [node, load] of read) {
      const observed = this.#nodes.get(node);
      if (observed !== undefined) load.extend(observed);
      this.#nodes.set(node, load);
    }
  }

  #make(): NodeLoad {
    const stepMs = this.stepSeconds * 1000;
    return new NodeLoad(stepMs, Math.ceil(this.windowMs / stepMs) + 1);
  }
}

/** Room for so many steps at first; doubled until the window is in it. */
const FIRST_ROOM = 64;
/** Room beyond the window, as a share of it: the oldest steps are dropped together. */
const SLACK = 1 / 8;

class NodeLoad {
  lastTime = -Infinity;
  readonly last: Record<Resource, Measured | undefined> = byResource(() => undefined);
  readonly #stepMs: number;
  /** Steps that must be kept. */
  readonly #window: number;
  /** Number (since the epoch) of the first step that there is room for, and how many steps are in use. */
  #first = 0;
  #steps = 0;
  #means: Record<Resource, Float64Array> = byResource(() => new Float64Array(0));
  /** Of the newest step: what its mean is of. */
  #sums: Record<Resource, number> = byResource(() => 0);
  #counts: Record<Resource, number> = byResource(() => 0);

  constructor(stepMs: number, window: number) {
    this.#stepMs = stepMs;
    this.#window = window;
  }

  /** Later than all before. */
  add(time: number, load: Readonly<Record<Resource, number>>): void {
    this.#reach(Math.floor(time / this.#stepMs));
    this.lastTime = time;
    const at = this.#steps - 1;
    for (const r of RESOURCES) {
      const value = load[r];
      if (Number.isNaN(value)) continue;
      this.last[r] = { time, value };
      this.#sums[r] += value;
      this.#counts[r] += 1;
      this.#means[r][at] = this.#sums[r] / this.#counts[r];
    }
  }

  /** What another one has of later steps; of a step that both have, this one's. */
  extend(later: NodeLoad): void {
    if (later.lastTime <= this.lastTime) return;
    const end = this.#steps === 0 ? later.#first : this.#first + this.#steps;
    for (let i = Math.max(0, end - later.#first); i < later.#steps; i++) {
      this.#reach(later.#first + i);
      for (const r of RESOURCES) this.#means[r][this.#steps - 1] = later.#means[r][i] ?? NaN;
    }
    if (later.#first + later.#steps > end) {
      this.#sums = later.#sums;
      this.#counts = later.#counts;
    }
    this.lastTime = later.lastTime;
    for (const r of RESOURCES) this.last[r] = later.last[r] ?? this.last[r];
  }

  get spanMs(): number {
    return this.#steps * this.#stepMs;
  }

  copy(resource: Resource, first: number, into: Float64Array): void {
    const from = Math.max(first, this.#first);
    const to = Math.min(first + into.length, this.#first + this.#steps);
    if (to <= from) return;
    into.set(this.#means[resource].subarray(from - this.#first, to - this.#first), from - first);
  }

  /** Makes a step the newest one. */
  #reach(step: number): void {
    if (this.#steps === 0) this.#first = step;
    const end = this.#first + this.#steps;
    if (step < end) return;
    if (step - this.#first >= this.#means.cpu.length) this.#makeRoom(step);
    this.#steps = step - this.#first + 1;
    this.#sums = byResource(() => 0);
    this.#counts = byResource(() => 0);
  }

  #makeRoom(step: number): void {
    const oldest = Math.max(this.#first, step - this.#window + 1);
    const kept = Math.max(0, this.#first + this.#steps - oldest);
    const most = Math.ceil(this.#window * (1 + SLACK));
    const needed = step - oldest + 1;
    const room = Math.min(most, Math.max(FIRST_ROOM, 2 * needed));
    this.#means = byResource((r) => {
      const means = new Float64Array(room).fill(NaN);
      means.set(this.#means[r].subarray(this.#steps - kept, this.#steps));
      return means;
    });
    this.#first = oldest;
    this.#steps = kept;
  }
}
