/** Opens a history for a command, and tells in the caller's words what is wrong with its place. */
import { HistoryStore, isBucketUrl } from '../../history/index.ts';
import type { HistoryOptions } from '../../history/index.ts';
import { systemClock } from '../../runtime/index.ts';
import { InputError } from '../support/errors.ts';

/** What the commands ask for. */
export const PLACE = "the history's directory, or s3://bucket/prefix";

/** @param root a directory, or s3://bucket/prefix */
export async function openHistory(
  root: string,
  options: Omit<HistoryOptions, 'now'> = {},
): Promise<HistoryStore> {
  try {
    return await HistoryStore.open(root, { now: () => systemClock.now(), ...options });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(isBucketUrl(root) ? reason : `${reason}: name the directory of a history`);
  }
}
