/**
 * A file that is fetched in blocks as its bytes are asked for: of a large file with many columns, or of whose row groups
 * most are left out, only a part is. Blocks beside each other that are missing are fetched together.
 */
import type { HistoryFile } from './storage.ts';

const BLOCK_BYTES = 256 * 1024;

/** So much that nobody wants is fetched along with what is beside it: a request of its own takes longer. */
const GAP_BLOCKS = 2;

/** `end` exclusive. */
export type Fetch = (start: number, end: number) => Promise<Uint8Array>;

export class RangedFile implements HistoryFile {
  readonly byteLength: number;
  readonly #fetch: Fetch;
  readonly #blocks = new Map<number, Promise<Uint8Array>>();

  constructor(byteLength: number, fetch: Fetch) {
    this.byteLength = byteLength;
    this.#fetch = fetch;
  }

  async slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    const from = Math.max(0, start < 0 ? this.byteLength + start : start);
    const to = Math.min(end, this.byteLength);
    const bytes = new Uint8Array(Math.max(0, to - from));
    if (bytes.length === 0) return bytes.buffer;
    const [first, last] = [Math.floor(from / BLOCK_BYTES), Math.floor((to - 1) / BLOCK_BYTES)];
    this.#want(first, last);
    for (let block = first; block <= last; block++) {
      const begin = block * BLOCK_BYTES;
      const held = (await this.#blocks.get(block)) ?? new Uint8Array(0);
      const part = held.subarray(Math.max(0, from - begin), Math.max(0, to - begin));
      bytes.set(part, Math.max(0, begin - from));
    }
    return bytes.buffer;
  }

  prefetch(spans: readonly (readonly [number, number])[]): void {
    const wanted = new Set(
      spans.flatMap(([start, end]) => {
        const first = Math.floor(start / BLOCK_BYTES);
        return Array.from({ length: Math.ceil(end / BLOCK_BYTES) - first }, (_, i) => first + i);
      }),
    );
    let run: [number, number] | undefined;
    for (const block of [...wanted].sort((a, b) => a - b)) {
      if (run !== undefined && block - run[1] <= GAP_BLOCKS + 1) {
        run[1] = block;
        continue;
      }
      if (run !== undefined) this.#want(...run);
      run = [block, block];
    }
    if (run !== undefined) this.#want(...run);
  }

  #want(first: number, last: number): void {
    for (let block = first; block <= last; block++) {
      if (this.#blocks.has(block)) continue;
      let after = block + 1;
      while (after <= last && !this.#blocks.has(after)) after += 1;
      this.#fetchBlocks(block, after);
    }
  }

  #fetchBlocks(first: number, after: number): void {
    const begin = first * BLOCK_BYTES;
    const fetched = this.#fetch(begin, Math.min(after * BLOCK_BYTES, this.byteLength));
    for (let block = first; block < after; block++) {
      const at = block * BLOCK_BYTES - begin;
      const part = fetched.then((bytes) => bytes.subarray(at, at + BLOCK_BYTES));
      // Told where it is awaited; another block's failure may come first.
      part.catch(() => undefined);
      this.#blocks.set(block, part);
    }
  }
}
