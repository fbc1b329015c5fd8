/**
 * A queue of keys for workers (client-go's util/workqueue): a key that is added many times is handed out once, never
 * to two workers at a time, and once more when it was added while being worked on. So no change is lost and no
 * object is reconciled twice at once, however many workers there are.
 */
import { type BackoffOptions, backoffMs } from './backoff.ts';
import type { Timer } from './clock.ts';
import type { Environment } from './environment.ts';
import { type BucketOptions, TokenBucket } from './token-bucket.ts';

export interface WorkQueueOptions {
  /** In metrics. */
  name: string;
  /** Of one key's retries. */
  backoff?: BackoffOptions | undefined;
  /** Bounds the retries of all keys together. */
  bucket?: BucketOptions | undefined;
}

interface Delayed {
  dueAt: number;
  timer: Timer;
}

export class WorkQueue {
  readonly #env: Environment;
  readonly #name: string;
  readonly #backoff: BackoffOptions;
  readonly #bucket: TokenBucket | undefined;
  /** In order of arrival, with the time of it. */
  readonly #waiting = new Map<string, number>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #processing = new Map<string, number>();
  /** Added while being processed. */
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  #idleWorkers: ((key: string | undefined) => void)[] = [];
  #drainWaiters: (() => void)[] = [];
  #closed = false;

  constructor(env: Environment, options: WorkQueueOptions) {
    this.#env = env;
    this.#name = options.name;
    this.#backoff = options.backoff ?? { baseMs: 5, maxMs: 1_000_000 };
    this.#bucket = options.bucket === undefined ? undefined : new TokenBucket(env.clock, options.bucket);
    // The series exist from the start, so that a rate over them does.
    env.metrics.queueAdds.inc({ name: this.#name }, 0);
    env.metrics.queueRetries.inc({ name: this.#name }, 0);
    env.metrics.queueDepth.set({ name: this.#name }, 0);
  }

  /** Keys that wait for a worker now. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Keys that wait for their time. */
  get delayedLength(): number {
    return this.#delayed.size;
  }

  add(key: string): void {
    if (this.#closed) return;
    if (this.#processing.has(key)) {
      if (this.#again.has(key)) return;
      this.#again.add(key);
    } else {
      if (this.#waiting.has(key)) return;
      this.#enqueue(key);
    }
    this.#env.metrics.queueAdds.inc({ name: this.#name });
  }

  /** Adds the key after `ms`; of several such calls the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    if (!(ms > 0)) {
      this.add(key);
      return;
    }
    const dueAt = this.#env.clock.monotonic() + ms;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined) {
      if (earlier.dueAt <= dueAt) return;
      earlier.timer.cancel();
    }
    const timer = this.#env.clock.setTimer(() => {
      this.#delayed.delete(key);
      this.add(key);
    }, ms);
    this.#delayed.set(key, { dueAt, timer });
  }

  /** Adds the key after a delay that doubles with each call, until {@link forget}. */
  addRateLimited(key: string): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#env.metrics.queueRetries.inc({ name: this.#name });
    const ms = backoffMs(failures, this.#backoff, this.#env.random);
    this.addAfter(key, Math.max(ms, this.#bucket?.reserveMs() ?? 0));
  }

  /** The key is well: its next retry starts again with the shortest delay. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Failures of the key since it was last forgotten. */
  retries(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key, when there is one; undefined once the queue is shut down. Call {@link done} when through. */
  get(): Promise<string | undefined> {
    const key = this.#take();
    if (key !== undefined || this.#closed) return Promise.resolve(key);
    return new Promise((resolve) => this.#idleWorkers.push(resolve));
  }

  /** The worker is through with the key. */
  done(key: string): void {
    const startedAt = this.#processing.get(key);
    if (startedAt === undefined) return;
    this.#env.metrics.workSeconds.observe(
      { name: this.#name },
      (this.#env.clock.monotonic() - startedAt) / 1000,
    );
    this.#processing.delete(key);
    if (this.#again.delete(key)) this.#enqueue(key);
    this.#wakeDrainWaiters();
  }

  /** Takes no more keys. What waits is dropped, or with `drain` still handed out; delayed keys are dropped. */
  shutDown(options: { drain?: boolean } = {}): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    if (options.drain !== true) {
      this.#waiting.clear();
      this.#again.clear();
      this.#reportDepth();
    }
    for (const resolve of this.#idleWorkers.splice(0)) resolve(undefined);
    this.#wakeDrainWaiters();
  }

  /** Settles when no key waits and none is being processed. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#drainWaiters.push(resolve);
      this.#wakeDrainWaiters();
    });
  }

  #enqueue(key: string): void {
    this.#waiting.set(key, this.#env.clock.monotonic());
    const worker = this.#idleWorkers.shift();
    if (worker !== undefined) worker(this.#take());
    else this.#reportDepth();
  }

  #take(): string | undefined {
    const now = this.#env.clock.monotonic();
    for (const [key, since] of this.#waiting) {
      this.#waiting.delete(key);
      this.#processing.set(key, now);
      this.#env.metrics.queueSeconds.observe({ name: this.#name }, (now - since) / 1000);
      this.#reportDepth();
      return key;
    }
    return undefined;
  }

  #reportDepth(): void {
    this.#env.metrics.queueDepth.set({ name: this.#name }, this.#waiting.size);
  }

  #wakeDrainWaiters(): void {
    if (this.#waiting.size > 0 || this.#processing.size > 0) return;
    for (const resolve of this.#drainWaiters.splice(0)) resolve();
  }
}
