/**
 * One day's folder, read as if it were one file while its files are being folded.
 *
 * Folding writes one file that names the files it replaces (in its own metadata), renames it into place, and only
 * then removes those. A reader therefore leaves out every file that another one replaces: nothing is doubled. It
 * starts over when a file vanishes under it, or when a folded file has appeared since it listed the folder:
 * nothing is missed.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Column } from './columns.ts';
import { DamagedFileError, decodeParquet } from './decode.ts';
import type { Table } from './decode.ts';
import { errorCode, listParquet } from './files.ts';

/** Begins the name of a file that holds the rows of others. */
export const FOLDED_PREFIX = 'folded-';

const ATTEMPTS = 10;

export interface PartFile {
  readonly name: string;
  readonly table: Table;
}

export interface Partition {
  /** In the order in which they were written: what was folded comes before what was appended since. */
  readonly files: readonly PartFile[];
  /** Names of files whose rows are in one of `files`; left behind by a crash. */
  readonly replaced: readonly string[];
}

/** What could not be read. `damaged`: its bytes are wrong, and will stay so. */
export type Unreadable = (name: string, reason: string, damaged: boolean) => Promise<void>;

export async function readPartition(
  folder: string,
  columns: readonly Column[],
  unreadable: Unreadable,
): Promise<Partition> {
  for (let attempt = 1; ; attempt++) {
    const names = await listParquet(folder);
    const files = await readFiles(folder, names, columns, unreadable);
    const later = await listParquet(folder);
    const folded = later.some((name) => name.startsWith(FOLDED_PREFIX) && !names.includes(name));
    if (files !== undefined && !folded) return withoutReplaced(files);
    if (attempt === ATTEMPTS) {
      throw new Error(
        `${folder} changed ${ATTEMPTS} times while it was read: does more than one process fold it?`,
      );
    }
  }
}

/** Undefined where a file has gone since it was listed. */
async function readFiles(
  folder: string,
  names: readonly string[],
  columns: readonly Column[],
  unreadable: Unreadable,
): Promise<PartFile[] | undefined> {
  const files: PartFile[] = [];
  for (const name of names) {
    const outcome = await readTable(join(folder, name), columns);
    if ('table' in outcome) {
      files.push({ name, table: outcome.table });
    } else if (outcome.gone) {
      const again = await listParquet(folder);
      if (!again.includes(name)) return undefined;
      await unreadable(name, 'is a link to a file that is not there', false);
    } else {
      await unreadable(name, outcome.reason, outcome.damaged);
    }
  }
  return files;
}

function withoutReplaced(files: readonly PartFile[]): Partition {
  const replaced = new Set(files.flatMap((file) => file.table.replaces));
  const isFolded = ({ name }: PartFile): boolean => name.startsWith(FOLDED_PREFIX);
  const inForce = files.filter((file) => !replaced.has(file.name));
  return {
    files: [...inForce.filter(isFolded), ...inForce.filter((file) => !isFolded(file))],
    replaced: files.map((file) => file.name).filter((name) => replaced.has(name)),
  };
}

export type ReadOutcome =
  { readonly table: Table } | { readonly gone: boolean; readonly damaged: boolean; readonly reason: string };

/** A file's table, or why there is none. Errors of the machine (too many open files, …) are no damage. */
export async function readTable(path: string, columns: readonly Column[]): Promise<ReadOutcome> {
  try {
    return { table: await decodeParquet(await readFile(path), columns) };
  } catch (error) {
    if (error instanceof DamagedFileError) return { gone: false, damaged: true, reason: error.message };
    const code = errorCode(error);
    if (code === 'EISDIR') return { gone: false, damaged: true, reason: 'is a directory' };
    if (code === 'ENOENT') return { gone: true, damaged: false, reason: 'is not there any more' };
    if (code === undefined) throw error;
    const message = error instanceof Error ? error.message : code;
    return { gone: false, damaged: false, reason: `cannot be read (${message}); check its permissions` };
  }
}
