/**
 * Exponential backoff with jitter. Half of each delay is random, so that clients which failed together do not come
 * back together ("Exponential Backoff And Jitter", AWS Architecture Blog, "equal jitter").
 */
import type { Random } from './random.ts';

export interface BackoffOptions {
  /** The longest first delay. */
  baseMs: number;
  /** The longest delay of all. */
  maxMs: number;
}

/** The delay before the next try after `failures` in a row (at least 1). */
export function backoffMs(failures: number, options: BackoffOptions, random: Random): number {
  const { baseMs, maxMs } = options;
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 60));
  return full * (0.5 + 0.5 * random());
}
