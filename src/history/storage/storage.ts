/**
 * Where the files of a history are: a directory (`directory.ts`) or a bucket (`bucket.ts`). Nothing above it knows
 * which.
 *
 * Paths are relative to the root, with `/` between their parts; '' is the root. A file appears whole or not at all, and
 * once a write has resolved it is durable. Files are never changed, only added, moved and removed.
 */

/** The part of hyparquet's AsyncBuffer that is used: a file's bytes, all there or fetched as they are asked for. */
export interface HistoryFile {
  readonly byteLength: number;
  /** `end` exclusive. */
  slice(start: number, end?: number): ArrayBuffer | Promise<ArrayBuffer>;
  /** Begins to fetch what will be asked for, each from its start to its end, which is exclusive. */
  prefetch?(spans: readonly (readonly [number, number])[]): void;
}

export interface HistoryStorage {
  /** As people name it: the directory's path, or s3://bucket/prefix. */
  readonly root: string;
  /** Names of the files and folders in a folder, sorted; none where there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** Paths of all files below a folder, from that folder on, sorted. */
  listBelow(folder: string): Promise<string[]>;
  /** Throws UnavailableFileError. */
  open(path: string): Promise<HistoryFile>;
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Throws an UnavailableFileError of kind `Gone` where there is none. */
  move(from: string, to: string): Promise<void>;
  /** Does nothing where there is none. */
  remove(path: string): Promise<void>;
  removeFolder(folder: string): Promise<void>;
  /** Removes what writers that died have left in a folder; those that live have written more lately. */
  removeLeftovers(folder: string, now: number, olderThanMs: number): Promise<void>;
  close(): void;
  /** Where its files are on this machine, for DuckDB; undefined: elsewhere. */
  readonly local?: LocalFiles;
}

export interface LocalFiles {
  path(folder: string): string;
  /** Of all files in a folder together. */
  bytes(folder: string): Promise<number>;
}

/** One file cannot be had; the others may. */
export class UnavailableFileError extends Error {
  override name = 'UnavailableFileError';
  /** `NoFile`: something else has its name. `Unreadable`: the machine or its rights stand in the way. */
  readonly kind: 'Gone' | 'NoFile' | 'Unreadable';

  constructor(kind: UnavailableFileError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** The whole of it cannot be had: what, where, and what to do next. */
export class StorageError extends Error {
  override name = 'StorageError';
}

/** Visible Parquet files, and whatever else has such a name. */
export const isParquet = (name: string): boolean => name.endsWith('.parquet') && !name.startsWith('.');

export const joinPath = (...parts: readonly string[]): string =>
  parts.filter((part) => part !== '').join('/');

/** All bytes of a file. Throws UnavailableFileError. */
export async function readWhole(storage: HistoryStorage, path: string): Promise<Uint8Array> {
  const file = await storage.open(path);
  return new Uint8Array(await file.slice(0, file.byteLength));
}

/** A file whose bytes are all there. */
export function fileOf(bytes: Uint8Array): HistoryFile {
  return {
    byteLength: bytes.byteLength,
    slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer,
  };
}
