/**
 * One day's folder, read as if it were one file while its files are being folded.
 *
 * Folding writes one file that names the files it replaces (in its own metadata), renames it into place, and only
 * then removes those. A reader therefore leaves out every file that another one replaces: nothing is doubled. It
 * starts over when a file vanishes under it, or when a folded file has appeared since it listed the folder:
 * nothing is missed.
 */
import type { Column } from './columns.ts';
import { DamagedFileError, decodeParquet } from './decode.ts';
import type { Selection, Table } from './decode.ts';
import { isParquet, joinPath, UnavailableFileError, type HistoryStorage } from './storage/storage.ts';

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

/** Of what `selection` does not want, some may be there as well. */
export async function readPartition(
  storage: HistoryStorage,
  folder: string,
  columns: readonly Column[],
  unreadable: Unreadable,
  selection?: Selection,
): Promise<Partition> {
  for (let attempt = 1; ; attempt++) {
    const names = await listParquet(storage, folder);
    const files = await readFiles(storage, folder, names, { columns, selection }, unreadable);
    const later = await listParquet(storage, folder);
    const folded = later.some((name) => name.startsWith(FOLDED_PREFIX) && !names.includes(name));
    if (files !== undefined && !folded) return withoutReplaced(files);
    if (attempt === ATTEMPTS) {
      throw new Error(
        `${storage.root}/${folder} changed ${ATTEMPTS} times while it was read: does more than one process fold it?`,
      );
    }
  }
}

/** Undefined where a file has gone since it was listed. */
async function readFiles(
  storage: HistoryStorage,
  folder: string,
  names: readonly string[],
  { columns, selection }: { readonly columns: readonly Column[]; readonly selection: Selection | undefined },
  unreadable: Unreadable,
): Promise<PartFile[] | undefined> {
  const files: PartFile[] = [];
  for (const name of names) {
    const outcome = await readTable(storage, joinPath(folder, name), columns, selection);
    if ('table' in outcome) {
      files.push({ name, table: outcome.table });
    } else if (outcome.gone) {
      const again = await listParquet(storage, folder);
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

/** A file's table, or why there is none. Throws where not only this file cannot be had. */
export async function readTable(
  storage: HistoryStorage,
  path: string,
  columns: readonly Column[],
  selection?: Selection,
): Promise<ReadOutcome> {
  try {
    return { table: await decodeParquet(await storage.open(path), columns, selection) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof DamagedFileError) return { gone: false, damaged: true, reason };
    if (!(error instanceof UnavailableFileError)) throw error;
    return { gone: error.kind === 'Gone', damaged: error.kind === 'NoFile', reason };
  }
}

/** Visible Parquet files of a folder, sorted. */
export async function listParquet(storage: HistoryStorage, folder: string): Promise<string[]> {
  return (await storage.list(folder)).filter(isParquet);
}
