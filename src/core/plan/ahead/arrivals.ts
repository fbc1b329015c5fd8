/**
 * When a task's inputs are on each of the nodes, if each is sent there as soon as it is made (`arrivalTime` in
 * columns.ts, for all nodes at once).
 *
 * Nodes of one bandwidth differ only in what is there already. So inputs are gone through once for each bandwidth and
 * not once for each node, and of the latest two are kept: the latest, and the latest that comes from elsewhere.
 */
import type { Columns } from '../columns.ts';

export class Arrivals {
  /** Of the task that was looked at last: on no node it can start sooner. */
  floor = 0;
  readonly #columns: Columns;
  /** By node: position of its bandwidth. */
  readonly #kind: Int32Array;
  /** By bandwidth: bytes per second, then of the task that was looked at last. */
  readonly #bytesPerSecond: Float64Array;
  readonly #latest: Float64Array;
  readonly #latestFrom: Int32Array;
  readonly #latestElsewhere: Float64Array;
  readonly #external: Float64Array;

  constructor(columns: Columns) {
    this.#columns = columns;
    const kinds = [...new Set(columns.bytesPerSecond)];
    const position = new Map(kinds.map((bytes, kind) => [bytes, kind]));
    this.#kind = Int32Array.from(columns.bytesPerSecond, (bytes) => position.get(bytes) ?? 0);
    this.#bytesPerSecond = Float64Array.from(kinds);
    this.#latest = new Float64Array(kinds.length);
    this.#latestFrom = new Int32Array(kinds.length);
    this.#latestElsewhere = new Float64Array(kinds.length);
    this.#external = new Float64Array(kinds.length);
  }

  /** @param node @param end by task: of those that are planned already, in seconds from now */
  lookAt(task: number, node: Int32Array, end: Float64Array, notBefore: number): void {
    const { dependencies, bytesPerSecond, externalBytes } = this.#columns;
    const kinds = this.#bytesPerSecond.length;
    const released = Math.max(0, notBefore);
    const external = externalBytes[task] ?? 0;
    for (let k = 0; k < kinds; k++) {
      this.#latest[k] = 0;
      this.#latestFrom[k] = -1;
      this.#latestElsewhere[k] = 0;
      this.#external[k] = external > 0 ? released + external / (this.#bytesPerSecond[k] ?? Infinity) : 0;
    }
    let floor = released;
    const last = dependencies.start[task + 1] ?? 0;
    for (let e = dependencies.start[task] ?? 0; e < last; e++) {
      const dependency = dependencies.task[e] ?? 0;
      const made = end[dependency] ?? 0;
      if (made > floor) floor = made;
      const bytes = dependencies.bytes[e] ?? 0;
      const from = node[dependency] ?? -1;
      if (bytes <= 0 || from < 0) continue;
      const sent = Math.max(0, made);
      const theirs = bytesPerSecond[from] ?? Infinity;
      for (let k = 0; k < kinds; k++)
        this.#note(k, from, sent + bytes / Math.min(this.#bytesPerSecond[k] ?? Infinity, theirs));
    }
    this.floor = floor;
  }

  /** Seconds from now. */
  at(node: number): number {
    const kind = this.#kind[node] ?? 0;
    const latest = (this.#latestFrom[kind] === node ? this.#latestElsewhere : this.#latest)[kind] ?? 0;
    return Math.max(this.floor, latest, this.#external[kind] ?? 0);
  }

  #note(kind: number, from: number, at: number): void {
    const latest = this.#latest[kind] ?? 0;
    if (this.#latestFrom[kind] === from) {
      if (at > latest) this.#latest[kind] = at;
    } else if (at > latest) {
      this.#latestElsewhere[kind] = latest;
      this.#latest[kind] = at;
      this.#latestFrom[kind] = from;
    } else if (at > (this.#latestElsewhere[kind] ?? 0)) this.#latestElsewhere[kind] = at;
  }
}
