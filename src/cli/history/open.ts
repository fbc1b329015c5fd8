/** Opens a history for a command, and tells in the caller's words what is wrong with the directory. */
import { HistoryStore } from '../../history/index.ts';
import type { HistoryOptions } from '../../history/index.ts';
import { systemClock } from '../../runtime/index.ts';
import { InputError } from '../support/errors.ts';

export async function openHistory(
  directory: string,
  options: Omit<HistoryOptions, 'now'> = {},
): Promise<HistoryStore> {
  try {
    return await HistoryStore.open(directory, { now: () => systemClock.now(), ...options });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`${reason}: name the directory of a history`);
  }
}
