/**
 * DuckDB (`@duckdb/node-api`), where it is installed: it reads and folds large days of samples several times faster
 * than the readers in JavaScript, and outside of the event loop. It is an optional dependency: without it, or where it
 * fails, everything is done without it, with the same result.
 */
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { HistoryStorage } from '../storage/storage.ts';
import type { UseOfDuckDB } from '../types.ts';

/** What it costs to start it, about 0.2 s of CPU, pays from so much of one day on: some 150,000 samples. */
const WORTHWHILE_BYTES = 4 * 1024 * 1024;

/** Is a day's folder to be left to DuckDB? That it is installed is not asked here. */
export async function isForDuckDB(
  storage: HistoryStorage,
  folder: string,
  use: UseOfDuckDB,
): Promise<boolean> {
  if (storage.local === undefined || use === 'Never') return false;
  return use === 'Always' || (await storage.local.bytes(folder)) >= WORTHWHILE_BYTES;
}

let loading: Promise<DuckDBInstance | undefined> | undefined;

/** One for the process; undefined where it is not installed. */
function instance(): Promise<DuckDBInstance | undefined> {
  loading ??= load();
  return loading;
}

async function load(): Promise<DuckDBInstance | undefined> {
  // One thread: the operator shares its node with others, and the history is not what is urgent.
  const options = { threads: '1', preserve_insertion_order: 'true', autoinstall_known_extensions: 'false' };
  try {
    const { DuckDBInstance: Loaded } = await import('@duckdb/node-api');
    return await Loaded.create(':memory:', options);
  } catch {
    return undefined;
  }
}

/** Undefined where DuckDB is not installed. */
export async function duckDBVersion(): Promise<string | undefined> {
  return withDuckDB(async (db) => String((await db.runAndReadAll('select version()')).getRows()[0]?.[0]));
}

/** With a connection of its own; undefined where DuckDB is not installed. */
export async function withDuckDB<T>(work: (db: DuckDBConnection) => Promise<T>): Promise<T | undefined> {
  const db = await (await instance())?.connect();
  if (db === undefined) return undefined;
  try {
    return await work(db);
  } finally {
    db.closeSync();
  }
}

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const listOf = (paths: readonly string[]): string => `[${paths.map(quoted).join(', ')}]`;
