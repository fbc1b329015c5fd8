/**
 * A small Kubernetes API server in memory, on 127.0.0.1, that misbehaves as a test tells it to.
 *
 * Left alone it lists (with pages), watches (with bookmarks and 410 for compacted versions), and writes with
 * optimistic concurrency. `next` and `always` put a fault in the place of the answer; the faults are at the end. It
 * knows no schemas, defaults or admission, and its server-side apply is a merge: what depends on those is tested
 * against a real API server.
 */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import {
  type KubernetesObject,
  type ResourceType,
  apiVersionOf,
  objectKey,
  without,
} from '../../src/runtime/types.ts';

export type Verb = 'list' | 'watch' | 'get' | 'create' | 'update' | 'patch' | 'delete';
export type Json = Record<string, unknown>;
export type Fault = (exchange: Exchange) => void | Promise<void>;

export interface RecordedRequest {
  verb: Verb;
  method: string;
  path: string;
  query: URLSearchParams;
  contentType: string | undefined;
  body: Json | undefined;
  /** performance.now() of its arrival. */
  at: number;
}

interface Target {
  /** `batch/v1/jobs`. */
  collection: string;
  kind: string;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

interface LoggedEvent {
  version: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  collection: string;
  object: KubernetesObject;
}

/** One request, and the means to answer it. */
export class Exchange {
  readonly request: RecordedRequest;
  readonly response: http.ServerResponse;
  /** Answers as a server that is well. */
  readonly serve: () => void;

  constructor(request: RecordedRequest, response: http.ServerResponse, serve: () => void) {
    this.request = request;
    this.response = response;
    this.serve = serve;
  }

  json(code: number, body: object, headers: Record<string, string> = {}): void {
    this.response.writeHead(code, { 'Content-Type': 'application/json', ...headers });
    this.response.end(JSON.stringify(body));
  }

  status(code: number, reason: string, message = reason, headers: Record<string, string> = {}): void {
    const details = { name: this.request.path };
    this.json(
      code,
      { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details },
      headers,
    );
  }

  /** Begins a watch. */
  open(): void {
    this.response.writeHead(200, { 'Content-Type': 'application/json' });
    this.response.flushHeaders();
  }

  event(type: string, object: object): void {
    this.response.write(`${JSON.stringify({ type, object })}\n`);
  }

  reset(): void {
    this.response.socket?.resetAndDestroy();
  }
}

export class FakeApiServer {
  readonly requests: RecordedRequest[] = [];
  /** Watches without news get a bookmark this often; 0: none. */
  bookmarkPeriodMs = 0;
  /** Events of these objects (by name) are not sent to watches. */
  readonly dropped = new Set<string>();

  readonly #server: http.Server;
  readonly #collections = new Map<string, Map<string, KubernetesObject>>();
  readonly #log: LoggedEvent[] = [];
  readonly #watches = new Set<(event: LoggedEvent) => void>();
  readonly #once: { verb: Verb | 'any'; fault: Fault }[] = [];
  readonly #always = new Map<Verb | 'any', Fault>();
  #version = 10;
  #compactedTo = 0;

  private constructor() {
    this.#server = http.createServer((request, response) => void this.#handle(request, response));
  }

  static async start(): Promise<FakeApiServer> {
    const fake = new FakeApiServer();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  get version(): number {
    return this.#version;
  }

  kubeConfig(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'fake', server: this.url, skipTLSVerify: true }],
      users: [{ name: 'test', token: 'secret' }],
      contexts: [{ name: 'fake', cluster: 'fake', user: 'test' }],
      currentContext: 'fake',
    });
    return config;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The next request of this verb meets the fault; calls queue up. */
  next(verb: Verb | 'any', ...faults: Fault[]): void {
    for (const fault of faults) this.#once.push({ verb, fault });
  }

  /** Every request of this verb meets the fault, until {@link recover}. */
  always(verb: Verb | 'any', fault: Fault): void {
    this.#always.set(verb, fault);
  }

  recover(): void {
    this.#once.length = 0;
    this.#always.clear();
  }

  count(verb: Verb): number {
    return this.requests.filter((request) => request.verb === verb).length;
  }

  ofVerb(verb: Verb): RecordedRequest[] {
    return this.requests.filter((request) => request.verb === verb);
  }

  /** Creates or replaces an object, as some other client of the server. */
  put<T extends KubernetesObject>(type: ResourceType, object: T): T {
    const full = { apiVersion: apiVersionOf(type), kind: type.kind, ...object };
    return this.#write(collectionOf(type), full) as T;
  }

  remove(type: ResourceType, key: string): void {
    this.#delete(collectionOf(type), key);
  }

  get(type: ResourceType, key: string): KubernetesObject | undefined {
    return this.#collections.get(collectionOf(type))?.get(key);
  }

  list(type: ResourceType): KubernetesObject[] {
    return [...(this.#collections.get(collectionOf(type))?.values() ?? [])];
  }

  /** Forgets old events: watches from before get 410. */
  compact(): void {
    this.#compactedTo = this.#version;
  }

  /** Moves the version on, as writes to other kinds do. */
  tick(by = 1): void {
    this.#version += by;
  }

  /**
   * Goes back to the state in which version `version` was the newest, as etcd does that is restored from a backup: what
   * came later is gone, and no watch will send it.
   */
  restore(type: ResourceType, version: number, objects: readonly KubernetesObject[]): void {
    this.#version = version;
    this.#log.length = 0;
    const collection = new Map<string, KubernetesObject>();
    for (const object of objects)
      collection.set(objectKey(object), { apiVersion: apiVersionOf(type), kind: type.kind, ...object });
    this.#collections.set(collectionOf(type), collection);
  }

  async #handle(message: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(message.url ?? '/', 'http://fake');
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of message) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const text = Buffer.concat(chunks).toString();
    const target = parsePath(url.pathname);
    const request: RecordedRequest = {
      verb: verbOf(message.method ?? 'GET', target, url.searchParams),
      method: message.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      contentType: message.headers['content-type'],
      body: text === '' ? undefined : (JSON.parse(text) as Json),
      at: performance.now(),
    };
    this.requests.push(request);
    const exchange: Exchange = new Exchange(request, response, () => this.#serve(exchange, target));
    const at = this.#once.findIndex(({ verb }) => verb === request.verb || verb === 'any');
    const [once] = at < 0 ? [] : this.#once.splice(at, 1);
    const fault = once?.fault ?? this.#always.get(request.verb) ?? this.#always.get('any');
    if (fault === undefined) exchange.serve();
    else await fault(exchange);
  }

  #serve(exchange: Exchange, target: Target): void {
    const { request } = exchange;
    const key =
      target.name === undefined ? '' : objectKey({ namespace: target.namespace, name: target.name });
    const live = this.#collections.get(target.collection)?.get(key);
    if (request.verb === 'list') {
      this.#list(exchange, target);
      return;
    }
    if (request.verb === 'watch') {
      this.#watch(exchange, target);
      return;
    }
    if (request.verb === 'create') {
      this.#create(exchange, target);
      return;
    }
    const isApply = request.contentType === 'application/apply-patch+yaml';
    if (live === undefined && !isApply) {
      exchange.status(404, 'NotFound', `${target.collection} ${key} not found`);
      return;
    }
    const body = (request.body ?? {}) as KubernetesObject;
    if (request.verb === 'get') {
      exchange.json(200, live ?? {});
      return;
    }
    if (request.verb === 'delete') {
      this.#delete(target.collection, key);
      exchange.json(200, { kind: 'Status', status: 'Success' });
      return;
    }
    const expected = body.metadata?.resourceVersion;
    if (expected !== undefined && live !== undefined && expected !== live.metadata?.resourceVersion) {
      exchange.status(409, 'Conflict', `${key}: the object has been modified`);
      return;
    }
    const namespaced = {
      ...body,
      metadata: { ...body.metadata, namespace: target.namespace, name: target.name },
    };
    const next = request.verb === 'update' ? namespaced : merge(live ?? {}, namespaced);
    exchange.json(200, this.#write(target.collection, next as KubernetesObject));
  }

  #list(exchange: Exchange, target: Target): void {
    const { query } = exchange.request;
    const all = [...(this.#collections.get(target.collection)?.values() ?? [])].filter((object) =>
      selected(object, target, query),
    );
    const [from, version] = (query.get('continue') ?? `0:${String(this.#version)}`)
      .split(':')
      .map(Number) as [number, number];
    const limit = Number(query.get('limit') ?? 0) || all.length;
    const end = from + limit;
    const more = end < all.length ? { continue: `${String(end)}:${String(version)}` } : {};
    // Built-in kinds come without their head in lists.
    const items = all.slice(from, end).map((object) => without(object, 'apiVersion', 'kind'));
    exchange.json(200, {
      kind: 'List',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(version), ...more },
      items,
    });
  }

  #watch(exchange: Exchange, target: Target): void {
    const { query } = exchange.request;
    const from = Number(query.get('resourceVersion') ?? this.#version);
    if (from < this.#compactedTo) {
      exchange.status(410, 'Expired', `too old resource version: ${String(from)}`);
      return;
    }
    exchange.open();
    const send = (event: LoggedEvent): void => {
      if (event.collection !== target.collection || !selected(event.object, target, query)) return;
      if (this.dropped.has(event.object.metadata?.name ?? '')) return;
      exchange.event(event.type, event.object);
    };
    for (const event of this.#log) if (event.version > from) send(event);
    this.#watches.add(send);
    const bookmarks =
      this.bookmarkPeriodMs > 0 && query.get('allowWatchBookmarks') === 'true'
        ? setInterval(() => {
            exchange.event('BOOKMARK', {
              kind: target.kind,
              metadata: { resourceVersion: String(this.#version) },
            });
          }, this.bookmarkPeriodMs)
        : undefined;
    const seconds = Number(query.get('timeoutSeconds') ?? 0);
    const timeout = seconds > 0 ? setTimeout(() => exchange.response.end(), seconds * 1000) : undefined;
    const end = (): void => {
      this.#watches.delete(send);
      clearInterval(bookmarks);
      clearTimeout(timeout);
    };
    // A client that has gone already closes nothing any more.
    if (exchange.response.destroyed || exchange.response.socket?.destroyed !== false) end();
    else exchange.response.once('close', end);
  }

  #create(exchange: Exchange, target: Target): void {
    const body = (exchange.request.body ?? {}) as KubernetesObject;
    const object = { ...body, metadata: { ...body.metadata, namespace: target.namespace } };
    const key = objectKey(object);
    if (this.#collections.get(target.collection)?.has(key) === true) {
      exchange.status(409, 'AlreadyExists', `${key} already exists`);
      return;
    }
    exchange.json(201, this.#write(target.collection, object));
  }

  #write(collection: string, object: KubernetesObject): KubernetesObject {
    const objects = this.#collections.get(collection) ?? new Map<string, KubernetesObject>();
    this.#collections.set(collection, objects);
    const key = objectKey(object);
    const live = objects.get(key);
    const version = ++this.#version;
    const metadata = {
      uid: live?.metadata?.uid ?? randomUUID(),
      creationTimestamp: live?.metadata?.creationTimestamp ?? new Date().toISOString(),
      ...object.metadata,
      resourceVersion: String(version),
    };
    const stored = { ...object, metadata };
    objects.set(key, stored);
    this.#publish({ version, type: live === undefined ? 'ADDED' : 'MODIFIED', collection, object: stored });
    return stored;
  }

  #delete(collection: string, key: string): void {
    const live = this.#collections.get(collection)?.get(key);
    if (live === undefined) return;
    this.#collections.get(collection)?.delete(key);
    const version = ++this.#version;
    const object = { ...live, metadata: { ...live.metadata, resourceVersion: String(version) } };
    this.#publish({ version, type: 'DELETED', collection, object });
  }

  #publish(event: LoggedEvent): void {
    this.#log.push(event);
    for (const send of [...this.#watches]) send(event);
  }
}

// Faults ---------------------------------------------------------------------------------------------------------

export const faults = {
  /** An HTTP error with a Status. */
  httpError:
    (code: number, reason = 'InternalError', headers: Record<string, string> = {}): Fault =>
    (exchange) =>
      exchange.status(code, reason, reason, headers),

  /** The connection breaks before any answer. */
  resetAtOnce: (): Fault => (exchange) => exchange.reset(),

  /** A watch that brings these events, and whose connection then breaks. */
  resetAfter:
    (...events: [string, object][]): Fault =>
    async (exchange) => {
      exchange.open();
      for (const [type, object] of events) exchange.event(type, object);
      // The events must arrive: a reset discards what is still in the buffers.
      await new Promise((resolve) => setTimeout(resolve, 30));
      exchange.reset();
    },

  /** A watch that is answered and closed with nothing in it. */
  closeAtOnce: (): Fault => (exchange) => {
    exchange.open();
    exchange.response.end();
  },

  /** A watch that is open, and dead. */
  silent: (): Fault => (exchange) => exchange.open(),

  /** No answer at all. */
  hang: (): Fault => () => undefined,

  /** A watch with an ERROR event; the stream stays open. */
  errorEvent:
    (code: number, reason: string): Fault =>
    (exchange) => {
      exchange.open();
      exchange.event('ERROR', { kind: 'Status', code, reason, message: reason });
    },

  /** A watch with these raw bytes, which then ends or stays open. */
  bytes:
    (text: string, options: { end: boolean }): Fault =>
    (exchange) => {
      exchange.open();
      exchange.response.write(text);
      if (options.end) exchange.response.end();
    },

  /** A list of these items at this version, whatever the world is. */
  listOf:
    (version: number, items: KubernetesObject[]): Fault =>
    (exchange) =>
      exchange.json(200, { kind: 'List', metadata: { resourceVersion: String(version) }, items }),

  /** As a server that is well. */
  none: (): Fault => (exchange) => exchange.serve(),
};

function collectionOf(type: ResourceType): string {
  return `${apiVersionOf(type)}/${type.plural}`;
}

function parsePath(path: string): Target {
  const parts = path.split('/').filter((part) => part !== '');
  const apiVersion = parts.shift() === 'api' ? (parts.shift() ?? '') : parts.splice(0, 2).join('/');
  // `/api/v1/namespaces/x` names a namespace; `/api/v1/namespaces/x/pods` is about what is in it.
  const namespace = parts[0] === 'namespaces' && parts.length > 2 ? parts.splice(0, 2)[1] : undefined;
  const [plural = '', name, subresource] = parts;
  return { collection: `${apiVersion}/${plural}`, kind: plural, namespace, name, subresource };
}

function verbOf(method: string, target: Target, query: URLSearchParams): Verb {
  if (method === 'GET') {
    if (query.get('watch') === 'true') return 'watch';
    return target.name === undefined ? 'list' : 'get';
  }
  return ({ POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const)[method as 'POST'];
}

function selected(object: KubernetesObject, target: Target, query: URLSearchParams): boolean {
  if (target.namespace !== undefined && object.metadata?.namespace !== target.namespace) return false;
  return (query.get('labelSelector') ?? '')
    .split(',')
    .filter((term) => term !== '')
    .every((term) => {
      const [label = '', value] = term.split('=');
      const actual = object.metadata?.labels?.[label];
      return value === undefined ? actual !== undefined : actual === value;
    });
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Json = isRecord(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, name);
    else if (value !== undefined) result[name] = merge(result[name], value);
  }
  return result;
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
