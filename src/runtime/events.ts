/**
 * Writes events.k8s.io/v1 Events about objects, for `kubectl describe` and `kubectl get events`
 * (client-go's tools/events, KEP-383).
 *
 * Events are a courtesy: they are written behind the caller's back, never fail it, and are dropped rather than let a
 * storm through. The same thing said again within the series window is counted in the first Event instead of making
 * another, and the count is written at most once a minute.
 */
import { createHash } from 'node:crypto';
import { isNotFound } from './api-error.ts';
import type { KubeClient } from './kube-client.ts';
import { type Logger, messageOf } from './log.ts';
import { microTime } from './micro-time.ts';
import type { Runnable } from './runnable.ts';
import { type BucketOptions, TokenBucket } from './token-bucket.ts';
import { type KubernetesObject, resources } from './types.ts';

export interface EventRecorderOptions {
  /** Who reports, as a qualified name: `example.dev/widget-controller`. */
  controller: string;
  /** Which process of it: the pod's name. */
  instance: string;
  /** The same thing said again within this time continues the series. */
  seriesWindowMs?: number;
  /** How often the counts of series are written. */
  seriesPeriodMs?: number;
  /** For each object that events are about; client-go's default is 25 at once and one more in 5 minutes. */
  perObject?: BucketOptions;
}

export interface EventInput {
  type: 'Normal' | 'Warning';
  /** CamelCase, at most 128 characters: why. */
  reason: string;
  /** For people; longer than 1,024 bytes is cut. */
  note: string;
  /** CamelCase: what was done. The reason by default. */
  action?: string;
  related?: KubernetesObject;
}

interface ObjectReference {
  apiVersion?: string;
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  resourceVersion?: string;
}

interface KubernetesEvent extends KubernetesObject {
  eventTime: string;
  reportingController: string;
  reportingInstance: string;
  type: string;
  reason: string;
  action: string;
  note: string;
  regarding: ObjectReference;
  related?: ObjectReference;
  series?: { count: number; lastObservedTime: string };
}

/** One Event and how often its thing was said. */
interface Series {
  event: KubernetesEvent;
  count: number;
  /** Monotonic, for the window; epoch, for the Event. */
  lastSeenAt: number;
  lastObservedTime: string;
  /** What the server has; 0 before it has the Event at all. */
  writtenCount: number;
}

/** Events that may wait to be written: an API server that is down must not fill the memory. */
const maxPending = 1000;
/** Series and objects that are remembered; the oldest are forgotten. */
const maxRemembered = 4096;
const maxNoteBytes = 1024;

export class EventRecorder implements Runnable {
  readonly name = 'event-recorder';
  readonly #client: KubeClient;
  readonly #log: Logger;
  readonly #options: Required<EventRecorderOptions>;
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #pending: Series[] = [];
  #writing: Promise<void> | undefined;

  constructor(client: KubeClient, options: EventRecorderOptions) {
    this.#client = client;
    this.#log = client.env.log.child('events');
    this.#options = {
      seriesWindowMs: 6 * 60_000,
      seriesPeriodMs: 60_000,
      perObject: { perSecond: 1 / 300, burst: 25 },
      ...options,
    };
  }

  /** Reports something about an object that was read from the server. Returns at once and never throws. */
  event(regarding: KubernetesObject, input: EventInput): void {
    const { clock } = this.#client.env;
    const now = clock.monotonic();
    const key = JSON.stringify([reference(regarding), input.type, input.reason, input.action, input.note]);
    const known = this.#series.get(key);
    if (known !== undefined && now - known.lastSeenAt <= this.#options.seriesWindowMs) {
      known.count++;
      known.lastSeenAt = now;
      known.lastObservedTime = microTime(clock.now());
      return;
    }
    if (this.#pending.length >= maxPending || !this.#bucketOf(regarding).tryTake()) {
      this.#client.env.metrics.eventsDropped.inc();
      return;
    }
    const event = this.#build(regarding, input, key);
    const series = { event, count: 1, lastSeenAt: now, lastObservedTime: event.eventTime, writtenCount: 0 };
    remember(this.#series, key, series);
    this.#pending.push(series);
    void this.#kick();
  }

  /** Writes all that was said so far, counts included. */
  async flush(): Promise<void> {
    await this.#kick();
    const { clock } = this.#client.env;
    for (const [key, series] of [...this.#series]) {
      await this.#writeCount(series);
      if (clock.monotonic() - series.lastSeenAt > this.#options.seriesWindowMs) this.#series.delete(key);
    }
  }

  /** Writes the counts of series from time to time, and what is left at the stop. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#client.env.clock.sleep(this.#options.seriesPeriodMs, signal).catch(() => undefined);
      await this.flush();
    }
  }

  #bucketOf(regarding: KubernetesObject): TokenBucket {
    const { uid, namespace = '', name = '' } = regarding.metadata ?? {};
    const key = uid ?? `${regarding.kind ?? ''}/${namespace}/${name}`;
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    const bucket = new TokenBucket(this.#client.env.clock, this.#options.perObject);
    remember(this.#buckets, key, bucket);
    return bucket;
  }

  #build(regarding: KubernetesObject, input: EventInput, key: string): KubernetesEvent {
    const { clock } = this.#client.env;
    const now = clock.now();
    const object = regarding.metadata?.name ?? 'unknown';
    // Unique to what is said and when, as `kubectl` shows names of events nowhere but in lists of names.
    const suffix = createHash('sha256')
      .update(`${key}${String(now)}${String(clock.monotonic())}`)
      .digest('hex')
      .slice(0, 16);
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      // Events about cluster-scoped objects live in `default`: the API server insists.
      metadata: {
        name: `${object.slice(0, 230)}.${suffix}`,
        namespace: regarding.metadata?.namespace ?? 'default',
      },
      eventTime: microTime(now),
      reportingController: this.#options.controller,
      reportingInstance: this.#options.instance.slice(0, 128),
      type: input.type,
      reason: input.reason.slice(0, 128),
      action: (input.action ?? input.reason).slice(0, 128),
      note: cutToBytes(input.note, maxNoteBytes),
      regarding: reference(regarding),
      ...(input.related === undefined ? {} : { related: reference(input.related) }),
    };
  }

  /** Writes what is pending, one after another; one such loop at a time. */
  #kick(): Promise<void> {
    this.#writing ??= this.#writePending().finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  async #writePending(): Promise<void> {
    for (let series = this.#pending.shift(); series !== undefined; series = this.#pending.shift()) {
      await this.#create(series);
    }
  }

  async #create(series: Series): Promise<void> {
    try {
      await this.#client.create(resources.events, series.event);
      series.writtenCount = 1;
    } catch (error) {
      this.#dropped(series, error);
    }
  }

  async #writeCount(series: Series): Promise<void> {
    const { event, count, lastObservedTime, writtenCount } = series;
    if (writtenCount === 0 || count <= writtenCount) return;
    const { name = '', namespace = '' } = event.metadata ?? {};
    try {
      await this.#client.patch(
        resources.events,
        { namespace, name },
        { series: { count, lastObservedTime } },
      );
      series.writtenCount = count;
    } catch (error) {
      if (!isNotFound(error)) {
        this.#dropped(series, error);
        return;
      }
      // The server forgets Events after an hour; the series goes on in a new one.
      event.series = { count, lastObservedTime };
      await this.#create(series);
      if (series.writtenCount > 0) series.writtenCount = count;
    }
  }

  #dropped({ event }: Series, error: unknown): void {
    this.#client.env.metrics.eventsDropped.inc();
    this.#log.warn('An event was not written', {
      reason: event.reason,
      about: event.regarding.name,
      error: messageOf(error),
    });
  }
}

function reference(object: KubernetesObject): ObjectReference {
  const { apiVersion, kind, metadata: { namespace, name, uid } = {} } = object;
  return { apiVersion, kind, namespace, name, uid };
}

/** Sets, and forgets the oldest when there are too many. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= maxRemembered) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

/** The longest beginning that fits, with an ellipsis where something was cut; never half a character. */
function cutToBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const ellipsis = '…';
  let used = Buffer.byteLength(ellipsis);
  let cut = '';
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > bytes) break;
    cut += character;
  }
  return cut + ellipsis;
}
