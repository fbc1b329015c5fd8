/**
 * Upkeep of the operator's folders: many small files of a day become one, old days leave.
 *
 * Every append is a file. Of the present day the loose files are folded whenever there are many; a past day is
 * folded into a single file. See `partition.ts` for why readers and crashes do no harm.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Column } from './columns.ts';
import { tableRows } from './decode.ts';
import { encodeParquet } from './encode.ts';
import { DAY_MS, dayOf, listNames, listParquet, removeLeftovers, uniqueName, writeWhole } from './files.ts';
import { FOLDED_PREFIX, readPartition } from './partition.ts';
import type { PartFile, Unreadable } from './partition.ts';

/** Loose files that the present day may hold; reading one costs about a millisecond. */
const LOOSE_FILES = 64;

/** A writer that is alive has renamed its temporary file long before. */
const LEFTOVER_AGE_MS = 3_600_000;

/** Folds one day's folder; returns the number of files that became part of another. */
export async function foldDay(
  folder: string,
  columns: readonly Column[],
  now: number,
  unreadable: (name: string, reason: string, damaged: boolean) => Promise<void>,
): Promise<number> {
  await removeLeftovers(folder, now, LEFTOVER_AGE_MS);
  const names = await listParquet(folder);
  const day = dayOf(folder.slice(folder.lastIndexOf('day='))) ?? now;
  const past = day + DAY_MS <= now;
  const loose = names.filter((name) => !name.startsWith(FOLDED_PREFIX));
  if (past ? names.length <= 1 : loose.length < LOOSE_FILES) return 0;

  const partition = await readPartition(folder, columns, unreadable);
  const chosen = partition.files.filter((file) => past || !file.name.startsWith(FOLDED_PREFIX));
  if (chosen.length > 1) {
    const bytes = await encodeParquet(
      columns,
      rowsOf(chosen, columns),
      chosen.map((file) => file.name),
    );
    await writeWhole(folder, uniqueName(FOLDED_PREFIX, day), bytes);
  }
  const superseded = [...partition.replaced, ...(chosen.length > 1 ? chosen.map((file) => file.name) : [])];
  for (const name of superseded) await rm(join(folder, name), { force: true });
  return superseded.length;
}

function* rowsOf(files: readonly PartFile[], columns: readonly Column[]): ReturnType<typeof tableRows> {
  for (const file of files) yield* tableRows(file.table, columns);
}

/** Folds every day below `area`. */
export async function foldArea(
  area: string,
  columns: readonly Column[],
  now: number,
  unreadableIn: (folder: string) => Unreadable,
): Promise<number> {
  let folded = 0;
  for (const name of await listNames(area)) {
    if (dayOf(name) === undefined) continue;
    folded += await foldDay(join(area, name), columns, now, unreadableIn(name));
  }
  return folded;
}

/** Removes the days below `area` that ended more than `retentionDays` ago. */
export async function removeOldDays(area: string, now: number, retentionDays: number): Promise<number> {
  let removed = 0;
  for (const name of await listNames(area)) {
    const day = dayOf(name);
    if (day === undefined || day + DAY_MS > now - retentionDays * DAY_MS) continue;
    await rm(join(area, name), { recursive: true, force: true });
    removed += 1;
  }
  return removed;
}
