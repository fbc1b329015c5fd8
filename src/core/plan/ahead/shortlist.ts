/**
 * The runs that a task could have, each on another node, that end first: as many as are wanted. Of those that end together
 * the one that was found first comes first.
 */
export class Shortlist {
  readonly node: Int32Array;
  /** Seconds from now. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  count = 0;
  /** Seconds from now: a run that ends then or later is not wanted. */
  limit = Infinity;
  readonly #wanted: number;

  constructor(wanted: number) {
    this.#wanted = wanted;
    this.node = new Int32Array(wanted);
    this.start = new Float64Array(wanted);
    this.end = new Float64Array(wanted);
  }

  clear(): void {
    this.count = 0;
    this.limit = Infinity;
  }

  /** @param end before the limit */
  add(node: number, start: number, end: number): void {
    if (this.count < this.#wanted) this.count += 1;
    let at = this.count - 1;
    for (; at > 0 && (this.end[at - 1] ?? 0) > end; at--) {
      this.node[at] = this.node[at - 1] ?? 0;
      this.start[at] = this.start[at - 1] ?? 0;
      this.end[at] = this.end[at - 1] ?? 0;
    }
    this.node[at] = node;
    this.start[at] = start;
    this.end[at] = end;
    if (this.count === this.#wanted) this.limit = this.end[this.#wanted - 1] ?? Infinity;
  }
}
