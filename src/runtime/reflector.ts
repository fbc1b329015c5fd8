/**
 * Keeps a store equal to what the API server has: lists, then watches from the list's version, for ever
 * (client-go's tools/cache/reflector.go).
 *
 * No failure ends it. A watch resumes from the last version heard of, bookmarks included; a 410 or several failures
 * in a row make it list again; every retry waits, longer each time, and at least as long as the server asked.
 * Silence is a failure too: the API server sends a bookmark about each minute, so a watch that brought nothing
 * within the read deadline is dead (kubernetes-client/javascript #364, #596), whatever TCP thinks. An event that was
 * never sent is healed by the periodic list.
 *
 * A list that is older than what was seen before (another API server, behind the first) is refused and asked for
 * again with that version as the least; see {@link ReflectorOptions.acceptRollbackAfterMs} for the one exception.
 */
import { ApiError, isGone } from './api-error.ts';
import { type BackoffOptions, backoffMs } from './backoff.ts';
import { abortReason } from './clock.ts';
import type { KubeClient, Selection } from './kube-client.ts';
import { type Logger, messageOf } from './log.ts';
import { jittered } from './random.ts';
import { isBefore, parseVersion } from './resource-version.ts';
import type { Runnable } from './runnable.ts';
import { Store, type StoreHandler } from './store.ts';
import type { KubernetesObject, ResourceType } from './types.ts';
import { MalformedWatchError } from './watch-stream.ts';

export interface ReflectorOptions<T> extends Selection {
  /** In logs and metrics; `plural.group` by default. */
  name?: string;
  /** A complete list is made this often, to heal events that were never sent. 0: never. */
  relistPeriodMs?: number;
  /** A watch that brings nothing, not even a bookmark, for this long is reopened. */
  readDeadlineMs?: number;
  /** The server is asked to end a watch after this time up to twice this time, to spread clients over servers. */
  watchTimeoutMs?: number;
  backoff?: BackoffOptions;
  transform?: (object: T) => T;
  /**
   * Versions go back for good when etcd is restored from a backup. After lists have been older than the cache for
   * this long without a break, they are believed.
   */
  acceptRollbackAfterMs?: number;
}

/** Consecutive failed watches after which the version that they start from is suspected. */
const failuresBeforeRelist = 5;

/** The list is older than what was seen before. */
class StaleListError extends Error {
  override readonly name = 'StaleListError';
}

/** Nothing was heard within the read deadline. */
class StalledWatchError extends Error {
  override readonly name = 'StalledWatchError';
}

type WatchEnd = 'closed' | 'relist';

export class Reflector<T extends KubernetesObject> implements Runnable {
  readonly name: string;
  readonly type: ResourceType;
  readonly store: Store<T>;

  readonly #client: KubeClient;
  readonly #log: Logger;
  readonly #selection: Selection;
  readonly #options: Required<Omit<ReflectorOptions<T>, keyof Selection | 'name' | 'transform'>>;
  readonly #synced = Promise.withResolvers<undefined>();
  #hasSynced = false;
  #running = false;
  #mustList = true;
  /** Where the next watch starts. */
  #version = '';
  #failures = 0;
  #staleSince: number | undefined;
  #lastListAt = 0;
  #relistAfterMs = 0;

  constructor(client: KubeClient, type: ResourceType, options: ReflectorOptions<T> = {}) {
    this.name = options.name ?? (type.group === '' ? type.plural : `${type.plural}.${type.group}`);
    this.type = type;
    this.#client = client;
    this.#log = client.env.log.child('reflector', { resource: this.name });
    const { namespace, labelSelector, fieldSelector } = options;
    this.#selection = { namespace, labelSelector, fieldSelector };
    this.#options = {
      relistPeriodMs: options.relistPeriodMs ?? 30 * 60_000,
      readDeadlineMs: options.readDeadlineMs ?? 90_000,
      watchTimeoutMs: options.watchTimeoutMs ?? 5 * 60_000,
      backoff: options.backoff ?? { baseMs: 800, maxMs: 30_000 },
      acceptRollbackAfterMs: options.acceptRollbackAfterMs ?? 5 * 60_000,
    };
    this.store = new Store<T>({
      transform: options.transform,
      onError: (error) => {
        client.env.metrics.reflectorHandlerErrors.inc({ name: this.name });
        this.#log.error('A handler or an index function threw; the cache goes on', { error });
      },
    });
  }

  /** True once the first list is in the store. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Settles at the first complete list; rejects when the signal is aborted before. */
  async waitForSync(signal?: AbortSignal): Promise<void> {
    if (this.#hasSynced) return;
    if (signal === undefined) return this.#synced.promise;
    if (signal.aborted) throw abortReason(signal);
    const aborted = Promise.withResolvers<undefined>();
    const onAbort = (): void => aborted.reject(abortReason(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([this.#synced.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Calls the handler for each object of the store, and for each change from now on. */
  on(handler: StoreHandler<T>): () => void {
    return this.store.subscribe(handler);
  }

  /** Lists and watches until the signal is aborted. Nothing is sent and no handler is called after it settles. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error(`The reflector of ${this.name} is running already.`);
    this.#running = true;
    try {
      while (!signal.aborted) {
        const delayMs = await this.#cycle(signal);
        if (delayMs > 0) await this.#client.env.clock.sleep(delayMs, signal).catch(() => undefined);
      }
    } finally {
      this.#running = false;
    }
  }

  /** One list if it is due, then one watch. Returns how long to wait before the next; never throws. */
  async #cycle(signal: AbortSignal): Promise<number> {
    const { clock, metrics } = this.#client.env;
    let openedAt = clock.monotonic();
    const progress = { events: 0 };
    try {
      if (this.#mustList) await this.#list(signal);
      openedAt = clock.monotonic();
      const end = await this.#watch(signal, progress);
      if (end === 'relist') this.#mustList = true;
      this.#settle(openedAt, progress.events);
      if (this.#failures > 0 && progress.events === 0) metrics.reflectorShortWatches.inc({ name: this.name });
      return this.#failures > 0 ? this.#backoff() : 0;
    } catch (error) {
      if (signal.aborted) return 0;
      this.#settle(openedAt, progress.events);
      return this.#failed(error);
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { clock, metrics, random } = this.#client.env;
    metrics.reflectorLists.inc({ name: this.name });
    // Without a version the list is the newest there is. After a stale one, the server is told what it must know.
    const atLeast = this.#staleSince === undefined ? undefined : this.store.newestVersion?.toString();
    const consistency =
      atLeast === undefined
        ? {}
        : { resourceVersion: atLeast, resourceVersionMatch: 'NotOlderThan' as const };
    const list = await this.#client.list<T>(this.type, { ...this.#selection, ...consistency, signal });
    const version = parseVersion(list.metadata.resourceVersion);
    const stale = isBefore(version, this.store.newestVersion);
    if (stale) this.#refuseUnlessForGood(list.metadata.resourceVersion);
    this.store.replace(list.items, version, { rollBack: stale });
    this.#staleSince = undefined;
    this.#version = list.metadata.resourceVersion ?? '';
    this.#mustList = false;
    this.#lastListAt = clock.monotonic();
    this.#relistAfterMs = jittered(this.#options.relistPeriodMs, random, 0.2);
    metrics.reflectorItems.set({ name: this.name }, this.store.size);
    if (!this.#hasSynced) {
      this.#hasSynced = true;
      this.#synced.resolve(undefined);
      this.#log.debug('The cache is filled', { items: this.store.size, resourceVersion: this.#version });
    }
  }

  /** Returns when a list older than the cache must be believed; throws otherwise. */
  #refuseUnlessForGood(version: string | undefined): void {
    const { clock, metrics } = this.#client.env;
    const now = clock.monotonic();
    this.#staleSince ??= now;
    metrics.reflectorStaleLists.inc({ name: this.name });
    const fields = { listed: version, known: this.store.newestVersion?.toString() };
    if (now - this.#staleSince < this.#options.acceptRollbackAfterMs) {
      throw new StaleListError(
        `the list is at version ${String(version)}, older than ${String(fields.known)}, which was seen before`,
      );
    }
    this.#log.error(
      'Versions have gone back for good (was etcd restored from a backup?); the cache follows',
      fields,
    );
  }

  /** One watch, from where the last one ended. */
  async #watch(signal: AbortSignal, progress: { events: number }): Promise<WatchEnd> {
    const { clock, metrics, random } = this.#client.env;
    metrics.reflectorWatches.inc({ name: this.name });
    const ending = new AbortController();
    const relist = Symbol('relist');
    const silence = this.#watchdog(ending);
    const { relistPeriodMs, watchTimeoutMs } = this.#options;
    const untilRelist = this.#lastListAt + this.#relistAfterMs - clock.monotonic();
    const relistTimer =
      relistPeriodMs > 0 ? clock.setTimer(() => ending.abort(relist), untilRelist) : undefined;
    try {
      const events = this.#client.watch<T>(this.type, {
        ...this.#selection,
        resourceVersion: this.#version,
        allowWatchBookmarks: true,
        timeoutSeconds: Math.ceil((watchTimeoutMs * (1 + random())) / 1000),
        signal: AbortSignal.any([signal, ending.signal]),
        onActivity: silence.heard,
      });
      for await (const event of events) {
        if (signal.aborted || ending.signal.aborted) break;
        if (event.type === 'ERROR')
          throw new ApiError(event.object, { method: 'WATCH', path: `/${this.name}` });
        this.#version = event.object.metadata?.resourceVersion ?? this.#version;
        if (event.type === 'BOOKMARK') {
          this.store.sawVersion(parseVersion(this.#version));
          continue;
        }
        progress.events++;
        this.store.observe(event.type, event.object);
        metrics.reflectorItems.set({ name: this.name }, this.store.size);
      }
      return ending.signal.reason === relist ? 'relist' : 'closed';
    } catch (error) {
      if (ending.signal.reason === relist) return 'relist';
      throw ending.signal.aborted ? abortReason(ending.signal) : error;
    } finally {
      silence.cancel();
      relistTimer?.cancel();
    }
  }

  /** Ends the watch when nothing was heard for the read deadline. One timer, however many bytes come. */
  #watchdog(ending: AbortController): { heard: () => void; cancel: () => void } {
    const { clock, metrics } = this.#client.env;
    const { readDeadlineMs } = this.#options;
    let heardAt = clock.monotonic();
    const check = (): void => {
      const leftMs = heardAt + readDeadlineMs - clock.monotonic();
      if (leftMs > 0) {
        timer = clock.setTimer(check, leftMs);
        return;
      }
      metrics.reflectorStalls.inc({ name: this.name });
      ending.abort(new StalledWatchError(`nothing heard for ${String(readDeadlineMs)} ms`));
    };
    let timer = clock.setTimer(check, readDeadlineMs);
    return { heard: () => (heardAt = clock.monotonic()), cancel: () => timer.cancel() };
  }

  /** Judges the watch that ended: a short one counts as a failure, or a server that closes each is hammered. */
  #settle(openedAt: number, events: number): void {
    const lived = this.#client.env.clock.monotonic() - openedAt;
    if (lived >= this.#options.backoff.baseMs * 10) this.#failures = 0;
    else this.#failures = events > 0 ? 1 : this.#failures + 1;
  }

  #failed(error: unknown): number {
    const { metrics } = this.#client.env;
    const reason = reasonOf(error);
    metrics.reflectorErrors.inc({ name: this.name, reason });
    this.#failures = Math.max(this.#failures, 1);
    if (isGone(error)) {
      this.#mustList = true;
      // The ordinary way of things after a pause, but a server that says nothing else must not be hammered either.
      this.#log.debug('The version to watch from is gone; listing again', { error: messageOf(error) });
      return this.#backoff();
    }
    if (this.#failures % failuresBeforeRelist === 0) this.#mustList = true;
    const askedMs = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    const delayMs = Math.max(this.#backoff(), askedMs);
    this.#log.warn('A list or watch failed; trying again', {
      error: messageOf(error),
      failures: this.#failures,
      retryInMs: Math.round(delayMs),
    });
    return delayMs;
  }

  #backoff(): number {
    return backoffMs(this.#failures, this.#options.backoff, this.#client.env.random);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ApiError) return String(error.code);
  if (error instanceof StaleListError) return 'stale_list';
  if (error instanceof StalledWatchError) return 'stalled';
  if (error instanceof MalformedWatchError) return 'malformed';
  return 'connection';
}
