/**
 * Gathers rows of many files into one columnar history a node. Rows are kept in chunks until all are there: what is
 * built takes 40 bytes a row, and gathering it hardly more.
 */
import { RESOURCES } from '../core/resources.ts';
import type { Resource } from '../core/resources.ts';
import type { NodeHistory } from './types.ts';

type Columns = Record<'time' | Resource, Float64Array>;

/** A little under two days of samples every 5 minutes. */
const CHUNK_ROWS = 512;

/** Of a row within a chunk. */
const COLUMN_NAMES = ['time', ...RESOURCES] as const;
const WIDTH = COLUMN_NAMES.length;

export class SeriesBuilder {
  #chunks: Float64Array[] = [];
  #chunk = new Float64Array(0);
  #rows = 0;
  #lastTime = -Infinity;
  #isAscending = true;

  get rows(): number {
    return this.#rows;
  }

  add(time: number, cpu: number, memory: number, gpu: number, network: number): void {
    const at = (this.#rows % CHUNK_ROWS) * WIDTH;
    if (at === 0) {
      this.#chunk = new Float64Array(CHUNK_ROWS * WIDTH);
      this.#chunks.push(this.#chunk);
    }
    const chunk = this.#chunk;
    chunk[at] = time;
    chunk[at + 1] = cpu;
    chunk[at + 2] = memory;
    chunk[at + 3] = gpu;
    chunk[at + 4] = network;
    if (time <= this.#lastTime) this.#isAscending = false;
    this.#lastTime = time;
    this.#rows += 1;
  }

  /**
   * Sorted by time. Rows of one time become one: of each resource the value added last, where there is any.
   * Nothing can be added afterwards.
   */
  build(node: string): NodeHistory {
    const gathered = this.#gathered();
    const { time, ...load } = this.#isAscending ? gathered : sorted(gathered);
    return { node, time, load };
  }

  #gathered(): Columns {
    const columns = allocate(this.#rows);
    this.#chunks.forEach((chunk, i) => {
      const first = i * CHUNK_ROWS;
      const rows = Math.min(CHUNK_ROWS, this.#rows - first);
      COLUMN_NAMES.forEach((name, offset) => {
        const column = columns[name];
        for (let row = 0; row < rows; row++) column[first + row] = chunk[row * WIDTH + offset] ?? NaN;
      });
    });
    this.#chunks = [];
    return columns;
  }
}

function allocate(rows: number): Columns {
  return {
    time: new Float64Array(rows),
    cpu: new Float64Array(rows),
    memory: new Float64Array(rows),
    gpu: new Float64Array(rows),
    network: new Float64Array(rows),
  };
}

function sorted(from: Columns): Columns {
  const order = Uint32Array.from(from.time, (_, i) => i);
  order.sort((a, b) => (from.time[a] ?? 0) - (from.time[b] ?? 0) || a - b);
  const into = allocate(order.length);
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
  const cut = (values: Float64Array): Float64Array => values.slice(0, last + 1);
  return {
    time: cut(into.time),
    cpu: cut(into.cpu),
    memory: cut(into.memory),
    gpu: cut(into.gpu),
    network: cut(into.network),
  };
}

/** Builders by node, for the nodes and times that were asked for. */
export class HistoryGatherer {
  readonly #builders = new Map<string, SeriesBuilder>();
  readonly #from: number;
  readonly #to: number;
  readonly #wanted: ReadonlySet<string> | undefined;

  /** @param wanted nodes that were asked for; undefined: all */
  constructor(range: { from: number; to: number }, wanted?: ReadonlySet<string>) {
    this.#from = range.from;
    this.#to = range.to;
    this.#wanted = wanted;
  }

  /**
   * @param nodeOf the node of a row
   * @param time of each row; a row of another time than was asked for is left out
   */
  add(
    nodeOf: (row: number) => string,
    time: Float64Array,
    load: Readonly<Record<Resource, Float64Array>>,
  ): void {
    const { cpu, memory, gpu, network } = load;
    let node: string | undefined;
    let builder: SeriesBuilder | undefined;
    time.forEach((t, row) => {
      if (t < this.#from || t >= this.#to) return;
      // Folded files are sorted by node: most rows are of the same one as the row before.
      const next = nodeOf(row);
      if (next !== node) {
        node = next;
        builder = this.#builderOf(node);
      }
      builder?.add(t, cpu[row] ?? NaN, memory[row] ?? NaN, gpu[row] ?? NaN, network[row] ?? NaN);
    });
  }

  #builderOf(node: string): SeriesBuilder | undefined {
    if (this.#wanted?.has(node) === false) return undefined;
    let builder = this.#builders.get(node);
    if (builder === undefined) {
      builder = new SeriesBuilder();
      this.#builders.set(node, builder);
    }
    return builder;
  }

  /** In order of the nodes' names. Each builder is given up as soon as its history is built. */
  build(): Map<string, NodeHistory> {
    const histories = new Map<string, NodeHistory>();
    for (const node of [...this.#builders.keys()].sort()) {
      const builder = this.#builders.get(node);
      this.#builders.delete(node);
      if (builder !== undefined && builder.rows > 0) histories.set(node, builder.build(node));
    }
    return histories;
  }
}
