/**
 * A lock between processes: a file that exists while the lock is held.
 *
 * The holder touches the file every few seconds, so a lock whose holder was killed is known by its age, without
 * process ids (which are reused, and mean nothing in another container that shares the folder). Two waiters that find
 * the same stale lock may, in a small window, both get it: what the lock guards must be wasteful to do twice, not wrong.
 */
import { mkdir, open, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const touchIntervalMs = 3_000;
const staleAfterMs = 15_000;
const retryMs = 250;

/** Runs `work` while holding the lock at `path`; `onWait` is called once if another process holds it. */
export async function withLock<T>(path: string, work: () => Promise<T>, onWait: () => void): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  for (let waited = false; !(await tryCreate(path)); waited = true) {
    if (await isStale(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (!waited) onWait();
    await sleep(retryMs);
  }
  const touch = setInterval(() => {
    const now = new Date();
    // A lock file that someone removed by hand is not worth ending the work for.
    utimes(path, now, now).catch(() => undefined);
  }, touchIntervalMs);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    await rm(path, { force: true });
  }
}

async function tryCreate(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > staleAfterMs;
  } catch {
    return false; // Released between our two looks.
  }
}
