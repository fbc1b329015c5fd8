/** Which tasks must have ended before a task starts: its dependencies, theirs, and so on. */
import type { Graph } from './cycle.ts';

const BITS = 32;

/** Ancestors as one row of bits for each node: `n * n / 8` bytes, 500 kB for 2,000 tasks. */
export class Ancestors {
  readonly #rows: Uint32Array[];

  /** `order` has dependencies first. */
  constructor(graph: Graph, order: readonly number[]) {
    const words = Math.ceil(graph.length / BITS);
    this.#rows = graph.map(() => new Uint32Array(words));
    for (const node of order) {
      const row = this.#rows[node];
      if (row === undefined) continue;
      for (const dependency of graph[node] ?? []) {
        const other = this.#rows[dependency];
        for (let w = 0; w < words; w++) row[w] = (row[w] ?? 0) | (other?.[w] ?? 0);
        const word = Math.floor(dependency / BITS);
        row[word] = (row[word] ?? 0) | (1 << (dependency % BITS));
      }
    }
  }

  has(node: number, ancestor: number): boolean {
    const word = this.#rows[node]?.[Math.floor(ancestor / BITS)] ?? 0;
    return (word & (1 << (ancestor % BITS))) !== 0;
  }
}
