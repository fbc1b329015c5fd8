/** Gathers rows of many files into one columnar history a node: 40 bytes a row, grown by doubling. */
import { RESOURCES } from '../core/resources.ts';
import type { Resource } from '../core/resources.ts';
import type { NodeHistory } from './types.ts';

type Columns = Record<'time' | Resource, Float64Array>;

const FIRST_ROWS = 512;

const COLUMN_NAMES = ['time', ...RESOURCES] as const;

const allocate = (rows: number): Columns => ({
  time: new Float64Array(rows),
  cpu: new Float64Array(rows),
  memory: new Float64Array(rows),
  gpu: new Float64Array(rows),
  network: new Float64Array(rows),
});

export class SeriesBuilder {
  #columns = allocate(FIRST_ROWS);
  #rows = 0;
  #ascending = true;

  get rows(): number {
    return this.#rows;
  }

  add(time: number, cpu: number, memory: number, gpu: number, network: number): void {
    const row = this.#rows;
    if (row === this.#columns.time.length) this.#grow();
    const c = this.#columns;
    if (row > 0 && time <= (c.time[row - 1] ?? -Infinity)) this.#ascending = false;
    c.time[row] = time;
    c.cpu[row] = cpu;
    c.memory[row] = memory;
    c.gpu[row] = gpu;
    c.network[row] = network;
    this.#rows = row + 1;
  }

  /** Sorted by time. Rows of one time become one: of each resource the value added last, where there is any. */
  build(node: string): NodeHistory {
    const columns = this.#ascending ? this.#columns : this.#sorted();
    const { time, cpu, memory, gpu, network } = columns;
    const cut = (values: Float64Array): Float64Array => values.slice(0, this.#rows);
    return {
      node,
      time: cut(time),
      load: { cpu: cut(cpu), memory: cut(memory), gpu: cut(gpu), network: cut(network) },
    };
  }

  #grow(): void {
    const larger = allocate(this.#columns.time.length * 2);
    for (const name of COLUMN_NAMES) larger[name].set(this.#columns[name]);
    this.#columns = larger;
  }

  #sorted(): Columns {
    const from = this.#columns;
    const order = Uint32Array.from({ length: this.#rows }, (_, i) => i);
    order.sort((a, b) => (from.time[a] ?? 0) - (from.time[b] ?? 0) || a - b);
    const into = allocate(this.#rows);
    let last = -1;
    for (const row of order) {
      const time = from.time[row] ?? 0;
      const isNew = last < 0 || into.time[last] !== time;
      if (isNew) last += 1;
      into.time[last] = time;
      for (const resource of RESOURCES) {
        const value = from[resource][row] ?? NaN;
        if (isNew || !Number.isNaN(value)) into[resource][last] = value;
      }
    }
    this.#rows = last + 1;
    this.#columns = into;
    this.#ascending = true;
    return into;
  }
}

/** Builders by node, for the nodes and times that were asked for. */
export class HistoryGatherer {
  readonly #builders = new Map<string, SeriesBuilder>();
  readonly #from: number;
  readonly #to: number;

  constructor(range: { from: number; to: number }) {
    this.#from = range.from;
    this.#to = range.to;
  }

  add(node: string, time: number, cpu: number, memory: number, gpu: number, network: number): void {
    if (time < this.#from || time >= this.#to) return;
    let builder = this.#builders.get(node);
    if (builder === undefined) {
      builder = new SeriesBuilder();
      this.#builders.set(node, builder);
    }
    builder.add(time, cpu, memory, gpu, network);
  }

  /** In order of the nodes' names. */
  build(): Map<string, NodeHistory> {
    const nodes = [...this.#builders.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    return new Map(nodes.map(([node, builder]) => [node, builder.build(node)]));
  }
}
