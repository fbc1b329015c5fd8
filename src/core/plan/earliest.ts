/**
 * The earliest of times of which one changes at a time: a tournament, in which the earlier of two goes on. Of two at one
 * time the lower number is first.
 */
export class Earliest {
  /** By place in the tree: the winner, by number; the root is 1, and leaf `i` is `#leaves + i`. */
  readonly #winner: Int32Array;
  readonly #time: Float64Array;
  readonly #leaves: number;

  /** All are at Infinity. */
  constructor(count: number) {
    let leaves = 1;
    while (leaves < count) leaves *= 2;
    this.#leaves = leaves;
    this.#time = new Float64Array(leaves).fill(Infinity);
    this.#winner = new Int32Array(2 * leaves);
    for (let i = 0; i < leaves; i++) this.#winner[leaves + i] = i;
    for (let at = leaves - 1; at > 0; at--) this.#winner[at] = this.#winner[2 * at] ?? 0;
  }

  /** Whose time is the earliest; -1: none has one. */
  get first(): number {
    const winner = this.#winner[1] ?? 0;
    return this.#time[winner] === Infinity ? -1 : winner;
  }

  time(i: number): number {
    return this.#time[i] ?? Infinity;
  }

  set(i: number, time: number): void {
    if (this.#time[i] === time) return;
    this.#time[i] = time;
    for (let at = (this.#leaves + i) >> 1; at > 0; at >>= 1) {
      const left = this.#winner[2 * at] ?? 0;
      const right = this.#winner[2 * at + 1] ?? 0;
      this.#winner[at] = (this.#time[right] ?? Infinity) < (this.#time[left] ?? Infinity) ? right : left;
    }
  }
}
