/**
 * The rows of a series by ascending value, made once, and any few of them sorted by it: experts ask for the quantiles of
 * thousands of sets of rows, and each would otherwise be sorted by comparing.
 */

const DIGIT_BITS = 11;
const DIGITS = 3;
const BUCKETS = 2 ** DIGIT_BITS;
const WORD_BITS = 32;

export class RowOrder {
  /** Place of each row among all. No two rows share one. */
  readonly #ranks: Uint32Array;
  /** The row of each place. */
  readonly #rows: Uint32Array;
  /** A bit for each place: the rows that are to be sorted. */
  readonly #set: Uint32Array;
  #count = 0;

  constructor(values: Float64Array) {
    this.#rows = sortedRows(values);
    this.#ranks = new Uint32Array(values.length);
    for (let rank = 0; rank < values.length; rank++) this.#ranks[this.#rows[rank] ?? 0] = rank;
    this.#set = new Uint32Array(Math.ceil(values.length / WORD_BITS));
  }

  /** Each row at most once. */
  add(row: number): void {
    const rank = this.#ranks[row] ?? 0;
    const word = rank >>> 5;
    this.#set[word] = (this.#set[word] ?? 0) | (1 << (rank & 31));
    this.#count += 1;
  }

  /** Writes the rows that were added, by ascending value, and forgets them. Returns how many there were. */
  drain(into: Uint32Array): number {
    const [set, rows] = [this.#set, this.#rows];
    const wanted = this.#count;
    let count = 0;
    for (let word = 0; count < wanted; word++) {
      let bits = set[word] ?? 0;
      if (bits === 0) continue;
      set[word] = 0;
      while (bits !== 0) {
        const lowest = bits & -bits;
        into[count++] = rows[word * WORD_BITS + WORD_BITS - 1 - Math.clz32(lowest)] ?? 0;
        bits ^= lowest;
      }
    }
    this.#count = 0;
    return wanted;
  }
}

/** Radix sort on the bits of 32-bit floats, least significant digit first. Values that 32 bits do not tell apart stay in order of rows. */
function sortedRows(values: Float64Array): Uint32Array {
  const keys = new Uint32Array(Float32Array.from(values, (value) => value + 0).buffer); // -0 is 0
  for (let row = 0; row < keys.length; row++) {
    const bits = keys[row] ?? 0;
    // As unsigned numbers, negative floats descend: all bits are turned; of the others the sign, to come after these.
    keys[row] = bits >>> 31 === 1 ? ~bits : bits | 0x8000_0000;
  }
  let from = new Uint32Array(keys.length);
  for (let row = 0; row < from.length; row++) from[row] = row;
  let to = new Uint32Array(keys.length);
  const starts = new Uint32Array(BUCKETS + 1);
  for (let digit = 0; digit < DIGITS; digit++) {
    const shift = digit * DIGIT_BITS;
    starts.fill(0);
    for (const key of keys) {
      const next = ((key >>> shift) & (BUCKETS - 1)) + 1;
      starts[next] = (starts[next] ?? 0) + 1;
    }
    for (let bucket = 1; bucket <= BUCKETS; bucket++) {
      starts[bucket] = (starts[bucket] ?? 0) + (starts[bucket - 1] ?? 0);
    }
    for (const row of from) {
      const bucket = ((keys[row] ?? 0) >>> shift) & (BUCKETS - 1);
      const place = starts[bucket] ?? 0;
      to[place] = row;
      starts[bucket] = place + 1;
    }
    [from, to] = [to, from];
  }
  return from;
}
