/**
 * A controller: changes seen by reflectors become keys, keys wait in a queue, workers reconcile them
 * (controller-runtime's pkg/internal/controller). A reconcile reads the world as it is and brings it a step nearer to
 * what is wanted; it never learns which change woke it.
 */
import type { BackoffOptions } from './backoff.ts';
import type { Environment } from './environment.ts';
import { LeaseLostError } from './leader-elector.ts';
import type { Logger } from './log.ts';
import { jittered } from './random.ts';
import type { Reflector } from './reflector.ts';
import type { Runnable } from './runnable.ts';
import type { BucketOptions } from './token-bucket.ts';
import { type KubernetesObject, objectKey } from './types.ts';
import { WorkQueue } from './work-queue.ts';

export interface ReconcileContext {
  /** Aborted when the reconcile takes too long, when the lease is lost, or when the process cannot wait longer. */
  signal: AbortSignal;
  /** Carries the controller's name and the key. */
  log: Logger;
}

export interface ReconcileResult {
  /** Reconcile again after this time, if nothing else asks for it before. */
  requeueAfterMs?: number | undefined;
}

/** Brings the object of `key` a step nearer to what is wanted. What it throws is retried, later each time. */
export type Reconcile = (
  key: string,
  context: ReconcileContext,
) => Promise<void> | Promise<ReconcileResult | undefined>;

export interface ControllerOptions {
  name: string;
  reconcile: Reconcile;
  /** Keys reconciled at once. */
  concurrency?: number;
  /** Every key of the `for` reflectors is reconciled at least this often. 0: never. */
  resyncPeriodMs?: number;
  /** A reconcile that takes longer is reported and its signal is aborted. */
  reconcileTimeoutMs?: number;
  /** At a stop, the time that reconciles under way have before their signal is aborted. */
  stopGraceMs?: number;
  backoff?: BackoffOptions;
  bucket?: BucketOptions;
}

/** Thrown by a reconcile that cannot succeed until its object changes: it is reported, and not retried. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

export class Controller implements Runnable {
  readonly name: string;
  readonly needsLeader = true;
  readonly queue: WorkQueue;

  readonly #env: Environment;
  readonly #log: Logger;
  readonly #reconcile: Reconcile;
  readonly #concurrency: number;
  readonly #resyncPeriodMs: number;
  readonly #reconcileTimeoutMs: number;
  readonly #stopGraceMs: number;
  /** Where keys come from; `run` waits until they are filled. */
  readonly #sources = new Set<{ waitForSync(signal: AbortSignal): Promise<void> }>();
  readonly #resynced: { store: { keys(): string[] } }[] = [];

  constructor(env: Environment, options: ControllerOptions) {
    this.name = options.name;
    this.#env = env;
    this.#log = env.log.child(options.name);
    this.#reconcile = options.reconcile;
    this.#concurrency = options.concurrency ?? 1;
    this.#resyncPeriodMs = options.resyncPeriodMs ?? 10 * 3_600_000;
    this.#reconcileTimeoutMs = options.reconcileTimeoutMs ?? 5 * 60_000;
    this.#stopGraceMs = options.stopGraceMs ?? 10_000;
    this.queue = new WorkQueue(env, { name: options.name, backoff: options.backoff, bucket: options.bucket });
    const { metrics } = env;
    metrics.maxConcurrent.set({ controller: this.name }, this.#concurrency);
    metrics.reconcileErrors.inc({ controller: this.name }, 0);
    for (const result of ['success', 'error', 'requeue_after']) {
      metrics.reconcileTotal.inc({ controller: this.name, result }, 0);
    }
  }

  /** Reconciles the objects of this reflector, each under its own key. */
  for<T extends KubernetesObject>(reflector: Reflector<T>): this {
    this.#resynced.push(reflector);
    return this.watches(reflector, (object) => [objectKey(object)]);
  }

  /** Reconciles the keys that a change of another kind's object concerns. `old` is there when it was updated. */
  watches<T extends KubernetesObject>(
    reflector: Reflector<T>,
    toKeys: (object: T, old?: T) => Iterable<string>,
  ): this {
    this.#sources.add(reflector);
    const enqueueAll = (object: T, old?: T): void => {
      for (const key of toKeys(object, old)) this.queue.add(key);
    };
    reflector.on({
      added: (object) => enqueueAll(object),
      updated: enqueueAll,
      deleted: (object) => enqueueAll(object),
    });
    return this;
  }

  enqueue(key: string): void {
    this.queue.add(key);
  }

  enqueueAfter(key: string, ms: number): void {
    this.queue.addAfter(key, ms);
  }

  /** Reconciles until the signal is aborted, once all its reflectors are filled. Runs once. */
  async run(signal: AbortSignal): Promise<void> {
    const hardStop = new AbortController();
    let grace: { cancel(): void } | undefined;
    const onAbort = (): void => {
      this.queue.shutDown();
      // Another process may be leading already: a write now would be one too many.
      if (signal.reason instanceof LeaseLostError) hardStop.abort(signal.reason);
      else
        grace = this.#env.clock.setTimer(
          () => hardStop.abort(new Error('the process is stopping')),
          this.#stopGraceMs,
        );
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const resync = new AbortController();
    try {
      await Promise.all([...this.#sources].map((source) => source.waitForSync(signal)));
      this.#log.debug('Reconciling', { concurrency: this.#concurrency });
      const resyncing = this.#resync(AbortSignal.any([signal, resync.signal]));
      await Promise.all(Array.from({ length: this.#concurrency }, () => this.#work(hardStop.signal)));
      resync.abort();
      await resyncing;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      grace?.cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #work(hardStop: AbortSignal): Promise<void> {
    for (let key = await this.queue.get(); key !== undefined; key = await this.queue.get()) {
      try {
        await this.#reconcileOne(key, hardStop);
      } finally {
        this.queue.done(key);
      }
    }
  }

  /** One reconcile and what follows from its outcome; never throws. */
  async #reconcileOne(key: string, hardStop: AbortSignal): Promise<void> {
    const { clock, metrics } = this.#env;
    const controller = this.name;
    const log = this.#log.child('reconcile', { key });
    const tooLong = new AbortController();
    const timer = clock.setTimer(() => {
      metrics.reconcileTimeouts.inc({ controller });
      log.error('The reconcile takes too long; its signal is aborted', {
        timeoutMs: this.#reconcileTimeoutMs,
      });
      tooLong.abort(new Error(`the reconcile took longer than ${String(this.#reconcileTimeoutMs)} ms`));
    }, this.#reconcileTimeoutMs);
    const startedAt = clock.monotonic();
    metrics.activeWorkers.inc({ controller });
    let result = 'success';
    try {
      const answer = await this.#reconcile(key, { signal: AbortSignal.any([hardStop, tooLong.signal]), log });
      this.queue.forget(key);
      if (answer?.requeueAfterMs !== undefined) {
        result = 'requeue_after';
        this.queue.addAfter(key, answer.requeueAfterMs);
      }
    } catch (error) {
      result = 'error';
      this.#failed(key, error, log, hardStop.aborted);
    } finally {
      timer.cancel();
      metrics.activeWorkers.dec({ controller });
      metrics.reconcileTotal.inc({ controller, result });
      metrics.reconcileSeconds.observe({ controller }, (clock.monotonic() - startedAt) / 1000);
    }
  }

  #failed(key: string, error: unknown, log: Logger, stopping: boolean): void {
    const { metrics } = this.#env;
    metrics.reconcileErrors.inc({ controller: this.name });
    if (error instanceof TerminalError) {
      metrics.terminalErrors.inc({ controller: this.name });
      this.queue.forget(key);
      log.error('The reconcile failed for good; a change of the object starts it again', { error });
    } else if (stopping) {
      log.info('The reconcile was cut short by the stop', { error });
    } else {
      this.queue.addRateLimited(key);
      log.error('The reconcile failed; it is retried', { error, retries: this.queue.retries(key) });
    }
  }

  /** Queues every key once a period, spread over a tenth of it. */
  async #resync(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#env;
    if (this.#resyncPeriodMs <= 0) return;
    for (;;) {
      try {
        await clock.sleep(jittered(this.#resyncPeriodMs, random, 0.1), signal);
      } catch {
        return;
      }
      for (const { store } of this.#resynced) {
        for (const key of store.keys()) this.queue.addAfter(key, random() * this.#resyncPeriodMs * 0.1);
      }
    }
  }
}
