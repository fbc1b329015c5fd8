/**
 * Upkeep of the operator's folders: many small files of a day become one, old days leave.
 *
 * Every append is a file. Of the present day the loose files are folded whenever there are many; a past day is
 * folded into a single file, sorted by its key and with no row twice. See `partition.ts` for why readers and
 * crashes do no harm. Two processes that fold at once do none either: each removes only what a file of its own
 * holds, and rows that are then in two files are one to every reader, and after the next fold.
 */
import { SAMPLES, type Area } from './areas.ts';
import { isForDuckDB } from './duckdb/duckdb.ts';
import { foldSamples, type FoldedDay } from './duckdb/fold.ts';
import { encodeParquet } from './encode.ts';
import { DAY_MS, dayOf, uniqueName } from './files.ts';
import { mergedRows } from './merge.ts';
import { FOLDED_PREFIX, listParquet, readPartition } from './partition.ts';
import type { Unreadable } from './partition.ts';
import { joinPath, type HistoryStorage } from './storage/storage.ts';
import type { UseOfDuckDB } from './types.ts';

/** Loose files that the present day may hold; reading one costs about a millisecond. */
const LOOSE_FILES = 64;

/** A writer that is alive has renamed its temporary file long before. */
const LEFTOVER_AGE_MS = 3_600_000;

/** How days are folded. */
export interface FoldOptions {
  /** Wall clock, ms. */
  readonly now: number;
  /** The present day too, however few its files are. */
  readonly all: boolean;
  readonly duckDB: UseOfDuckDB;
}

/** Folds one day's folder; returns the number of files that became part of another. */
async function foldDay(
  storage: HistoryStorage,
  folder: string,
  area: Area,
  { now, all, duckDB }: FoldOptions,
  unreadable: Unreadable,
): Promise<number> {
  await storage.removeLeftovers(folder, now, LEFTOVER_AGE_MS);
  const names = await listParquet(storage, folder);
  const day = dayOf(folder.slice(folder.lastIndexOf('day='))) ?? now;
  const whole = all || day + DAY_MS <= now;
  const loose = names.filter((name) => !name.startsWith(FOLDED_PREFIX));
  if (whole ? names.length <= 1 : loose.length < LOOSE_FILES) return 0;

  const folded = await foldedByDuckDB(storage, folder, names, area, { now, whole, duckDB });
  const superseded =
    folded?.superseded ?? (await foldInJavaScript(storage, folder, area, { now, whole }, unreadable));
  if (folded?.bytes !== undefined)
    await storage.write(joinPath(folder, uniqueName(FOLDED_PREFIX, now)), folded.bytes);
  for (const name of superseded) await storage.remove(joinPath(folder, name));
  return superseded.length;
}

interface Extent {
  readonly now: number;
  /** All files are folded; else what was folded before is left as it is. */
  readonly whole: boolean;
}

/** Undefined where it is not done by DuckDB: it is not installed, not worth it, or cannot read a file. */
async function foldedByDuckDB(
  storage: HistoryStorage,
  folder: string,
  names: readonly string[],
  area: Area,
  { duckDB, ...extent }: Extent & { readonly duckDB: UseOfDuckDB },
): Promise<FoldedDay | undefined> {
  const path = storage.local?.path(folder);
  if (area !== SAMPLES || path === undefined || !(await isForDuckDB(storage, folder, duckDB)))
    return undefined;
  // Whatever is wrong with a file is found, told and set aside by the other way.
  return foldSamples(path, names, area, extent).catch(() => undefined);
}

/** Returns the names of files whose rows are in another now. */
async function foldInJavaScript(
  storage: HistoryStorage,
  folder: string,
  area: Area,
  { now, whole }: Extent,
  unreadable: Unreadable,
): Promise<string[]> {
  const partition = await readPartition(storage, folder, area.columns, unreadable);
  const chosen = partition.files.filter((file) => whole || !file.name.startsWith(FOLDED_PREFIX));
  if (chosen.length > 1) {
    const tables = chosen.map((file) => file.table);
    const bytes = await encodeParquet(
      area.columns,
      mergedRows(tables, area.columns, area.key),
      chosen.map((file) => file.name),
    );
    await storage.write(joinPath(folder, uniqueName(FOLDED_PREFIX, now)), bytes);
  }
  return [...partition.replaced, ...(chosen.length > 1 ? chosen.map((file) => file.name) : [])];
}

/** Folds every day of the area. */
export async function foldArea(
  storage: HistoryStorage,
  area: Area,
  options: FoldOptions,
  unreadableIn: (day: string) => Unreadable,
): Promise<number> {
  let folded = 0;
  for (const name of await storage.list(area.name)) {
    if (dayOf(name) === undefined) continue;
    folded += await foldDay(storage, joinPath(area.name, name), area, options, unreadableIn(name));
  }
  return folded;
}

/** Removes the area's days that ended more than `retentionDays` ago. */
export async function removeOldDays(
  storage: HistoryStorage,
  area: Area,
  now: number,
  retentionDays: number,
): Promise<number> {
  let removed = 0;
  for (const name of await storage.list(area.name)) {
    const day = dayOf(name);
    if (day === undefined || day + DAY_MS > now - retentionDays * DAY_MS) continue;
    await storage.removeFolder(joinPath(area.name, name));
    removed += 1;
  }
  return removed;
}
