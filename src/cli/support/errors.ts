/** Failures that are told as `error: …`, without a stack. */

export const EXIT_OK = 0;
/** The command could not do its work. */
export const EXIT_FAILURE = 1;
/** What the command was given is wrong: its arguments, or the files they name. */
export const EXIT_BAD_INPUT = 2;

/** Something the caller gave is wrong. The message says what, where, and what to do. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

export function printError(message: string): void {
  process.stderr.write(`error: ${message}\n`);
}
