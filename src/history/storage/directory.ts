/** A history in a directory of this machine, or a volume mounted there (`files.ts`: how a file appears whole). */
import { readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { errorCode, listNames, makeFolder, removeLeftovers, writeWhole } from '../files.ts';
import {
  fileOf,
  StorageError,
  UnavailableFileError,
  type HistoryFile,
  type LocalFiles,
  type HistoryStorage,
} from './storage.ts';

export class DirectoryStorage implements HistoryStorage {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** @param create make the directory where it is missing */
  static async open(root: string, create: boolean): Promise<DirectoryStorage> {
    if (create) await makeFolder(root);
    const info = await stat(root).catch((error: unknown) => {
      throw errorCode(error) === 'ENOENT'
        ? new StorageError(`history: there is no directory ${root}`)
        : error;
    });
    if (!info.isDirectory()) throw new StorageError(`history: ${root} is no directory`);
    return new DirectoryStorage(root);
  }

  list(folder: string): Promise<string[]> {
    return listNames(join(this.root, folder));
  }

  async listBelow(folder: string): Promise<string[]> {
    const top = join(this.root, folder);
    try {
      const entries = await readdir(top, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(top, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .sort();
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /** Read at once: it may be folded away at any moment. */
  async open(path: string): Promise<HistoryFile> {
    try {
      return fileOf(await readFile(join(this.root, path)));
    } catch (error) {
      throw unavailable(error);
    }
  }

  write(path: string, bytes: Uint8Array): Promise<void> {
    const target = join(this.root, path);
    return writeWhole(dirname(target), target.slice(dirname(target).length + 1), bytes);
  }

  async move(from: string, to: string): Promise<void> {
    const target = join(this.root, to);
    await makeFolder(dirname(target));
    try {
      await rename(join(this.root, from), target);
    } catch (error) {
      throw errorCode(error) === 'ENOENT' ? unavailable(error) : error;
    }
  }

  remove(path: string): Promise<void> {
    return rm(join(this.root, path), { force: true });
  }

  removeFolder(folder: string): Promise<void> {
    return rm(join(this.root, folder), { recursive: true, force: true });
  }

  removeLeftovers(folder: string, now: number, olderThanMs: number): Promise<void> {
    return removeLeftovers(join(this.root, folder), now, olderThanMs);
  }

  close(): void {
    // Nothing is held open.
  }

  readonly local: LocalFiles = {
    path: (folder) => join(this.root, folder),
    bytes: async (folder) => {
      const top = join(this.root, folder);
      const sizes = (await listNames(top)).map((name) =>
        stat(join(top, name)).then(
          ({ size }) => size,
          () => 0,
        ),
      );
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    },
  };
}

/** Errors of the machine (too many open files, …) are no damage. */
function unavailable(error: unknown): unknown {
  const code = errorCode(error);
  if (code === undefined) return error;
  const options = { cause: error };
  if (code === 'ENOENT') return new UnavailableFileError('Gone', 'is not there any more', options);
  if (code === 'EISDIR') return new UnavailableFileError('NoFile', 'is a directory', options);
  const message = error instanceof Error ? error.message : code;
  return new UnavailableFileError(
    'Unreadable',
    `cannot be read (${message}); check its permissions`,
    options,
  );
}
