/**
 * Files that appear whole or not at all, and the names of days.
 *
 * A file is written under a hidden temporary name in its own folder, synced, renamed, and its folder synced: only
 * then are its rows durable (POSIX promises a rename's order, not that it is on disk).
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export const DAY_MS = 86_400_000;
const SUFFIX = '.parquet';
const TEMPORARY = /^\..*\.tmp$/;
const DAY = /^day=(\d{4}-\d{2}-\d{2})$/;

/** An errno code such as `ENOENT`, where the error carries one. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** `day=2026-03-01`, in UTC. */
export const dayFolder = (time: number): string => `day=${new Date(time).toISOString().slice(0, 10)}`;

/** Start of the day that a folder is named for; undefined where it is no such folder. */
export function dayOf(folder: string): number | undefined {
  const day = DAY.exec(folder)?.[1];
  const time = day === undefined ? NaN : Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(time) ? undefined : time;
}

let named = 0;

/**
 * A name that no other writer takes, and that sorts after those given before.
 *
 * @param now wall clock, ms
 */
export function uniqueName(prefix: string, now: number): string {
  const stamp = new Date(now).toISOString().replace(/[-:.]/g, '');
  const sequence = String(named++ % 1e6).padStart(6, '0');
  return `${prefix}${stamp}-${sequence}-${randomBytes(4).toString('hex')}${SUFFIX}`;
}

/** What is in a folder, sorted; nothing where there is none. */
export async function listNames(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder, and makes sure that a crash does not forget it. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Resolves when the file is there for good under its name; on failure nothing is left. */
export async function writeWhole(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await makeFolder(folder);
  const temporary = join(folder, `.${name}.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Removes temporary files of writers that died; those of a living one are younger than `olderThanMs`. */
export async function removeLeftovers(folder: string, now: number, olderThanMs: number): Promise<void> {
  for (const name of await listNames(folder)) {
    if (!TEMPORARY.test(name)) continue;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: now }));
    if (now - mtimeMs > olderThanMs) await rm(path, { force: true });
  }
}
