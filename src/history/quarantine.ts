/**
 * Damaged files of the operator's own folders, moved out of the way with the reason beside them, so that they are
 * met once and can be looked at.
 */
import { joinPath, type HistoryStorage } from './storage/storage.ts';
import type { HistoryProblem } from './types.ts';

export const QUARANTINE = 'quarantine';
const REASON_SUFFIX = '.reason';

/** Moves `file` to `quarantine/file`. */
export async function setAside(storage: HistoryStorage, file: string, reason: string): Promise<void> {
  const target = joinPath(QUARANTINE, file);
  await storage.write(`${target}${REASON_SUFFIX}`, Buffer.from(`${reason}\n`));
  try {
    await storage.move(file, target);
  } catch (error) {
    await storage.remove(`${target}${REASON_SUFFIX}`);
    throw error;
  }
}

/** What lies in quarantine. */
export async function listQuarantined(storage: HistoryStorage): Promise<HistoryProblem[]> {
  const problems: HistoryProblem[] = [];
  for (const path of await storage.listBelow(QUARANTINE)) {
    if (!path.endsWith(REASON_SUFFIX)) continue;
    const reason = await reasonIn(storage, joinPath(QUARANTINE, path)).catch(() => 'unknown');
    problems.push({ file: path.slice(0, -REASON_SUFFIX.length), reason, action: 'Quarantined' });
  }
  return problems.sort((a, b) => (a.file < b.file ? -1 : 1));
}

async function reasonIn(storage: HistoryStorage, path: string): Promise<string> {
  const file = await storage.open(path);
  return Buffer.from(await file.slice(0))
    .toString('utf8')
    .trim();
}
