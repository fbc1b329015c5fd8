/**
 * Damaged files of the operator's own folders, moved out of the way with the reason beside them, so that they are
 * met once and can be looked at.
 */
import { readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { glob } from 'node:fs/promises';
import { makeFolder, writeWhole } from './files.ts';
import type { HistoryProblem } from './types.ts';

export const QUARANTINE = 'quarantine';
const REASON_SUFFIX = '.reason';

/** Moves `root/file` to `root/quarantine/file`. */
export async function setAside(root: string, file: string, reason: string): Promise<void> {
  const target = join(root, QUARANTINE, file);
  await makeFolder(dirname(target));
  const name = target.slice(dirname(target).length + 1);
  await writeWhole(dirname(target), `${name}${REASON_SUFFIX}`, Buffer.from(`${reason}\n`));
  try {
    await rename(join(root, file), target);
  } catch (error) {
    await rm(`${target}${REASON_SUFFIX}`, { force: true });
    throw error;
  }
}

/** What lies in quarantine. */
export async function listQuarantined(root: string): Promise<HistoryProblem[]> {
  const folder = join(root, QUARANTINE);
  const problems: HistoryProblem[] = [];
  for await (const path of glob(`**/*${REASON_SUFFIX}`, { cwd: folder })) {
    const reason = await readFile(join(folder, path), 'utf8').catch(() => 'unknown');
    const file = relative(folder, join(folder, path.slice(0, -REASON_SUFFIX.length)));
    problems.push({ file, reason: reason.trim(), action: 'Quarantined' });
  }
  return problems.sort((a, b) => (a.file < b.file ? -1 : 1));
}
