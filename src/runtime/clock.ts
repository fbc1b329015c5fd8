/**
 * Time, as a thing that is passed in: tests hold it still, and nothing else in the runtime asks the machine.
 *
 * Two readings are kept apart. `now()` is the wall clock, which an administrator or NTP may set back; it is for
 * timestamps that others read. `monotonic()` never goes back; every deadline and period is measured with it.
 */

/** A pending callback. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock, epoch milliseconds. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number;
  /** Settles after `ms`; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  setTimer(callback: () => void, ms: number): Timer;
}

/** setTimeout fires at once when asked for more than this, so longer waits are cut (24.8 days). */
const longestTimeoutMs = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleepOn(systemClock, ms, signal),
  setTimer: (callback, ms) => {
    const timeout = setTimeout(callback, Math.min(Math.max(ms, 0), longestTimeoutMs));
    return { cancel: () => clearTimeout(timeout) };
  },
};

/** `sleep` in terms of `setTimer`: the same for every clock. */
export function sleepOn(clock: Pick<Clock, 'setTimer'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortReason(signal));
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      if (signal !== undefined) reject(abortReason(signal));
    };
    const timer = clock.setTimer(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Why a signal was aborted, always as an Error. */
export function abortReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error(`aborted: ${String(reason)}`);
}
