/**
 * The recent background load of every node, in memory: read from the history at the start, and kept up with
 * what is observed since. Amounts are in base units, times in milliseconds; NaN: not measured.
 */
import { RESOURCES, type Resource } from '../../core/resources.ts';
import type { Load, NodeHistory } from '../../history/index.ts';

export class LoadBook {
  /** How far back it reaches; what is older is dropped. */
  readonly windowMs: number;
  readonly #nodes = new Map<string, Column>();

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  /** What was observed meanwhile follows what is read. */
  load(histories: Iterable<NodeHistory>): void {
    for (const { node, time, load } of histories) {
      const observed = this.#nodes.get(node);
      const column = new Column();
      this.#nodes.set(node, column);
      for (let i = 0; i < time.length; i++) column.push(time[i] ?? 0, (r) => load[r][i] ?? NaN);
      if (observed !== undefined) column.extend(observed);
    }
  }

  /** An observation that is not newer than the last one tells nothing new, and is left out. */
  append(node: string, time: number, load: Load): boolean {
    const column = this.#column(node);
    if (time <= column.lastTime) return false;
    column.push(time, (r) => load[r] ?? NaN);
    column.dropBefore(time - this.windowMs);
    return true;
  }

  samples(node: string, resource: Resource): { time: readonly number[]; values: readonly number[] } {
    const column = this.#nodes.get(node);
    return { time: column?.time ?? [], values: column?.values[resource] ?? [] };
  }

  /** The newest sample of a resource that was measured. */
  last(node: string, resource: Resource): { time: number; value: number } | undefined {
    const { time, values } = this.samples(node, resource);
    const i = values.findLastIndex((v) => !Number.isNaN(v));
    const at = time[i];
    const value = values[i];
    return at === undefined || value === undefined ? undefined : { time: at, value };
  }

  lastTime(node: string): number | undefined {
    const time = this.#nodes.get(node)?.lastTime;
    return time === undefined || time === -Infinity ? undefined : time;
  }

  forget(node: string): void {
    this.#nodes.delete(node);
  }

  #column(node: string): Column {
    let column = this.#nodes.get(node);
    if (column === undefined) {
      column = new Column();
      this.#nodes.set(node, column);
    }
    return column;
  }
}

class Column {
  time: number[] = [];
  values: Record<Resource, number[]> = { cpu: [], memory: [], gpu: [], network: [] };

  get lastTime(): number {
    return this.time.at(-1) ?? -Infinity;
  }

  push(time: number, value: (resource: Resource) => number): void {
    this.time.push(time);
    for (const r of RESOURCES) this.values[r].push(value(r));
  }

  extend(later: Column): void {
    const from = later.time.findIndex((t) => t > this.lastTime);
    if (from < 0) return;
    this.time.push(...later.time.slice(from));
    for (const r of RESOURCES) this.values[r].push(...later.values[r].slice(from));
  }

  /** Drops in large pieces: shifting an array by one costs as much as by a thousand. */
  dropBefore(time: number): void {
    const first = this.time.findIndex((t) => t >= time);
    if (first < 1000) return;
    this.time = this.time.slice(first);
    for (const r of RESOURCES) this.values[r] = this.values[r].slice(first);
  }
}
