/**
 * A small typed client for any resource of the Kubernetes API: the verbs, typed errors, paging, and server-side
 * apply with its right content type (client-node's generated clients patch with JSON Patch unless told otherwise).
 *
 * Every call but a watch has a deadline. A 429 or 503 that says Retry-After is retried after that time, as
 * client-go does; every other failure is the caller's.
 */
import type { IncomingMessage } from 'node:http';
import type { KubeConfig } from '@kubernetes/client-node';
import { ApiError, parseStatus } from './api-error.ts';
import { abortReason } from './clock.ts';
import type { Environment } from './environment.ts';
import { HttpTransport, readText } from './http-transport.ts';
import {
  type KubernetesList,
  type KubernetesObject,
  type ListMeta,
  type ObjectKey,
  type ResourceType,
  apiVersionOf,
  resourcePath,
  without,
} from './types.ts';
import { type WatchEvent, readWatchEvents } from './watch-stream.ts';

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface Selection {
  /** All namespaces when absent. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}

export interface ListOptions extends Selection, CallOptions {
  resourceVersion?: string | undefined;
  resourceVersionMatch?: 'Exact' | 'NotOlderThan' | undefined;
}

export interface WatchOptions extends Selection {
  resourceVersion?: string | undefined;
  /** The server ends the watch after this time. */
  timeoutSeconds?: number | undefined;
  allowWatchBookmarks?: boolean | undefined;
  signal: AbortSignal;
  /** Called for everything that arrives, so that silence can be noticed. */
  onActivity?: (() => void) | undefined;
}

export interface WriteOptions extends CallOptions {
  fieldManager?: string | undefined;
  dryRun?: boolean | undefined;
  subresource?: string | undefined;
}

export interface ApplyOptions extends CallOptions {
  fieldManager: string;
  /** Take fields over from other managers, as controllers do. Default true. */
  force?: boolean | undefined;
  dryRun?: boolean | undefined;
  subresource?: string | undefined;
}

export interface DeleteOptions extends CallOptions {
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  gracePeriodSeconds?: number | undefined;
  /** Preconditions: the delete fails with a conflict when they do not hold. */
  uid?: string | undefined;
  resourceVersion?: string | undefined;
}

export interface PatchOptions extends WriteOptions {
  contentType?: 'merge' | 'json' | 'strategic' | undefined;
}

type Query = Record<string, string | number | boolean | undefined>;

interface Call extends CallOptions {
  method: string;
  path: string;
  query?: Query | undefined;
  body?: unknown;
  contentType?: string | undefined;
}

export interface KubeClientOptions {
  requestTimeoutMs?: number;
  userAgent?: string;
  pageSize?: number;
  /** How often a call waits for a server that says Retry-After before it fails. */
  maxThrottleRetries?: number;
}

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;
/** The server takes YAML here, of which JSON is a part. */
const applyType = 'application/apply-patch+yaml';

export class KubeClient {
  readonly env: Environment;
  readonly #transport: HttpTransport;
  readonly #options: Required<KubeClientOptions>;

  constructor(config: KubeConfig, env: Environment, options: KubeClientOptions = {}) {
    this.env = env;
    this.#transport = new HttpTransport(config);
    this.#options = {
      requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
      userAgent: options.userAgent ?? `node/${process.versions.node}`,
      pageSize: options.pageSize ?? 500,
      maxThrottleRetries: options.maxThrottleRetries ?? 5,
    };
  }

  get<T extends KubernetesObject>(type: ResourceType, key: ObjectKey, options: CallOptions = {}): Promise<T> {
    return this.#call<T>({ method: 'GET', path: resourcePath(type, key), ...options });
  }

  /** All objects, read page by page. A continue token that expires on the way throws 410: see `isGone`. */
  async list<T extends KubernetesObject>(
    type: ResourceType,
    options: ListOptions = {},
  ): Promise<KubernetesList<T>> {
    const { namespace, signal, resourceVersion, resourceVersionMatch, ...selectors } = options;
    const path = resourcePath(type, { namespace });
    const items: T[] = [];
    let token: string | undefined;
    for (;;) {
      // A continue token holds the version of the first page, and the server refuses another beside it.
      const version = token === undefined ? { resourceVersion, resourceVersionMatch } : { continue: token };
      const query = { limit: this.#options.pageSize, ...selectors, ...version };
      const page = await this.#call<{ metadata?: ListMeta; items?: T[] }>({
        method: 'GET',
        path,
        query,
        signal,
      });
      for (const item of page.items ?? []) items.push(named(item, type));
      const metadata = page.metadata ?? {};
      if (metadata.continue === undefined || metadata.continue === '') return { metadata, items };
      token = metadata.continue;
    }
  }

  create<T extends KubernetesObject>(type: ResourceType, object: T, options: WriteOptions = {}): Promise<T> {
    const path = resourcePath(type, { namespace: object.metadata?.namespace });
    return this.#call<T>({
      method: 'POST',
      path,
      query: writeQuery(options),
      body: object,
      signal: options.signal,
    });
  }

  /** Replaces the object; a `metadata.resourceVersion` that is no longer the live one is a conflict. */
  update<T extends KubernetesObject>(type: ResourceType, object: T, options: WriteOptions = {}): Promise<T> {
    const path = resourcePath(type, { ...keyOf(object), subresource: options.subresource });
    return this.#call<T>({
      method: 'PUT',
      path,
      query: writeQuery(options),
      body: object,
      signal: options.signal,
    });
  }

  async delete(type: ResourceType, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const { signal, uid, resourceVersion, propagationPolicy, gracePeriodSeconds } = options;
    const preconditions =
      uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion };
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy,
      gracePeriodSeconds,
      preconditions,
    };
    await this.#call({ method: 'DELETE', path: resourcePath(type, key), body, signal });
  }

  /** Server-side apply: creates the object, or changes only the fields that `object` holds. */
  serverSideApply<T extends KubernetesObject>(
    type: ResourceType,
    object: T,
    options: ApplyOptions,
  ): Promise<T> {
    const { fieldManager, force = true, subresource, dryRun, signal } = options;
    // The server insists on a head, and refuses managedFields.
    const metadata = without(object.metadata ?? {}, 'managedFields');
    const body = {
      ...object,
      apiVersion: object.apiVersion ?? apiVersionOf(type),
      kind: object.kind ?? type.kind,
      metadata,
    };
    const path = resourcePath(type, { ...keyOf(object), subresource });
    const query = { ...writeQuery({ fieldManager, dryRun }), force };
    return this.#call<T>({ method: 'PATCH', path, query, body, contentType: applyType, signal });
  }

  applyStatus<T extends KubernetesObject>(type: ResourceType, object: T, options: ApplyOptions): Promise<T> {
    return this.serverSideApply(type, object, { ...options, subresource: 'status' });
  }

  /** Patches; a merge patch unless `contentType` says otherwise. */
  patch<T extends KubernetesObject>(
    type: ResourceType,
    key: ObjectKey,
    patch: object,
    options: PatchOptions = {},
  ): Promise<T> {
    const path = resourcePath(type, { ...key, subresource: options.subresource });
    const contentType = patchTypes[options.contentType ?? 'merge'];
    const query = writeQuery(options);
    return this.#call<T>({ method: 'PATCH', path, query, body: patch, contentType, signal: options.signal });
  }

  /**
   * One watch stream. It ends when the server ends it, and throws when the connection breaks, a line is no JSON, or
   * the signal is aborted. ERROR events are yielded.
   */
  async *watch<T extends KubernetesObject>(
    type: ResourceType,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const { namespace, signal, onActivity, ...rest } = options;
    const path = resourcePath(type, { namespace });
    const incoming = await this.#send({ method: 'GET', path, query: { watch: true, ...rest }, signal });
    onActivity?.();
    for await (const event of readWatchEvents<T>(incoming, { onActivity, path })) {
      yield event.type === 'ERROR' || event.type === 'BOOKMARK'
        ? event
        : { ...event, object: named(event.object, type) };
    }
  }

  /** A call to any path, such as `/version`. */
  raw<T>(
    method: string,
    path: string,
    options: { query?: Query; body?: unknown; contentType?: string } & CallOptions = {},
  ): Promise<T> {
    return this.#call<T>({ method, path, ...options });
  }

  /** Closes connections that are kept for the next call. */
  close(): void {
    this.#transport.close();
  }

  async #call<T = unknown>(call: Call): Promise<T> {
    const { clock } = this.env;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#callOnce<T>(call);
      } catch (error) {
        const seconds = error instanceof ApiError ? throttledFor(error) : undefined;
        if (seconds === undefined || attempt >= this.#options.maxThrottleRetries) throw error;
        await clock.sleep(seconds * 1000, call.signal);
      }
    }
  }

  async #callOnce<T>(call: Call): Promise<T> {
    const { requestTimeoutMs } = this.#options;
    const deadline = new AbortController();
    const timer = this.env.clock.setTimer(() => {
      deadline.abort(
        new Error(`${call.method} ${call.path}: no answer within ${String(requestTimeoutMs)} ms`),
      );
    }, requestTimeoutMs);
    const signal =
      call.signal === undefined ? deadline.signal : AbortSignal.any([call.signal, deadline.signal]);
    try {
      const text = await readText(await this.#send({ ...call, signal }));
      if (text === '') return undefined as T;
      return parseAnswer(text, call) as T;
    } catch (error) {
      // A body that is cut off says only 'aborted': the reason is the signal's.
      throw signal.aborted ? abortReason(signal) : error;
    } finally {
      timer.cancel();
    }
  }

  /** Sends; throws ApiError unless the answer is a success. */
  async #send(call: Call): Promise<IncomingMessage> {
    const { method, path, query, body, contentType = 'application/json', signal } = call;
    const incoming = await this.#transport.send({
      method,
      path: path + queryString(query),
      headers: {
        Accept: 'application/json',
        'User-Agent': this.#options.userAgent,
        ...(body === undefined ? {} : { 'Content-Type': contentType }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
    const code = incoming.statusCode ?? 0;
    this.env.metrics.requests.inc({ method, code: String(code) });
    if (code >= 200 && code < 300) return incoming;
    const status = parseStatus(code, await readText(incoming).catch(() => ''));
    const header = Number(incoming.headers['retry-after']);
    const retryAfterSeconds = Number.isFinite(header) && header >= 0 ? header : undefined;
    throw new ApiError(status, { method, path, retryAfterSeconds });
  }
}

/** Objects in lists and watches of built-in kinds may come without their head. */
function named<T extends KubernetesObject>(object: T, type: ResourceType): T {
  object.apiVersion ??= apiVersionOf(type);
  object.kind ??= type.kind;
  return object;
}

function keyOf(object: KubernetesObject): { namespace: string | undefined; name: string } {
  const { name, namespace } = object.metadata ?? {};
  if (name === undefined)
    throw new Error(`${object.kind ?? 'An object'} without metadata.name cannot be written.`);
  return { namespace, name };
}

function writeQuery(options: WriteOptions): Query {
  return { fieldManager: options.fieldManager, dryRun: options.dryRun === true ? 'All' : undefined };
}

function queryString(query: Query = {}): string {
  const entries = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)] as [string, string]],
  );
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`;
}

function throttledFor(error: ApiError): number | undefined {
  return error.code === 429 || error.code === 503 ? error.retryAfterSeconds : undefined;
}

function parseAnswer(text: string, call: Call): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${call.method} ${call.path}: the answer is not JSON: ${text.slice(0, 100)}`);
  }
}
