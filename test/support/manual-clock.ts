/**
 * A clock that stands still until a test moves it.
 */
import { type Clock, type Timer, sleepOn } from '../../src/runtime/clock.ts';

interface Pending {
  dueAt: number;
  callback: () => void;
}

export class ManualClock implements Clock {
  #now: number;
  readonly #startedAt: number;
  readonly #pending = new Set<Pending>();

  constructor(startedAt = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = startedAt;
    this.#startedAt = startedAt;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#startedAt;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  setTimer(callback: () => void, ms: number): Timer {
    const pending = { dueAt: this.#now + Math.max(0, ms), callback };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#pending.size;
  }

  /** Moves time on, and fires what is due in order; what promises do then has happened when this settles. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#earliest(end); next !== undefined; next = this.#earliest(end)) {
      this.#pending.delete(next);
      this.#now = Math.max(this.#now, next.dueAt);
      next.callback();
      await settled();
    }
    this.#now = end;
    await settled();
  }

  #earliest(end: number): Pending | undefined {
    let earliest: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.dueAt <= end && (earliest === undefined || pending.dueAt < earliest.dueAt))
        earliest = pending;
    }
    return earliest;
  }
}

/** Lets everything that promises have queued run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
