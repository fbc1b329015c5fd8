/**
 * The decompressors of every codec of Parquet, from hyparquet-compressors.
 *
 * Its LZ4 (1.1.2) fails on an empty page, such as the dictionary of a column that is all null: what has no bytes is
 * not given to it.
 */
import type { Compressors } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

export const DECOMPRESSORS: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, outputLength: number) =>
      outputLength === 0 ? new Uint8Array(0) : decompress(input, outputLength),
  ]),
);
