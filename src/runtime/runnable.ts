/**
 * A part of a process that runs until it is told to stop.
 */
export interface Runnable {
  readonly name: string;
  /** True for what must run in one process at a time: the manager starts it after the election. */
  readonly needsLeader?: boolean;
  /** Works until the signal is aborted; settles when everything it began has ended. */
  run(signal: AbortSignal): Promise<void>;
}
