/**
 * The cache of one resource type, kept by a reflector and read by reconcilers.
 *
 * It only moves forward: every object has a resource version, and an older one never replaces a newer one, whether
 * it comes from a watch that lags behind one's own writes (see {@link Store.assume}) or from a list served by an API
 * server that lags behind another. Deletions leave a tombstone with their version for the same reason.
 *
 * Objects in the store are shared: copy them (structuredClone) before changing anything.
 */
import { isBefore, versionOf } from './resource-version.ts';
import { StoreIndex } from './store-index.ts';
import { type KubernetesObject, objectKey } from './types.ts';

export interface StoreHandler<T> {
  added?(object: T): void;
  /** Also when the object was deleted and made again in between: the uids differ then. */
  updated?(object: T, old: T): void;
  /** The last state that was known. */
  deleted?(object: T): void;
}

export interface StoreOptions<T> {
  /** Drops what nobody reads before it is kept, to save memory. Must keep the metadata's name and version. */
  transform?: ((object: T) => T) | undefined;
  /** Told of handlers and index functions that throw; they do not stop the store. */
  onError?: ((error: unknown) => void) | undefined;
}

/** Deletions that are remembered. A lagging event is seconds late, so this is plenty and bounds the memory. */
const maxTombstones = 10_000;

export class Store<T extends KubernetesObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, StoreIndex<T>>();
  readonly #tombstones = new Map<string, bigint>();
  readonly #handlers = new Set<StoreHandler<T>>();
  readonly #transform: (object: T) => T;
  readonly #onError: (error: unknown) => void;
  #newest: bigint | undefined;

  constructor(options: StoreOptions<T> = {}) {
    this.#transform = options.transform ?? ((object) => object);
    this.#onError = options.onError ?? (() => undefined);
  }

  get size(): number {
    return this.#objects.size;
  }

  /** The newest resource version heard of from any source. */
  get newestVersion(): bigint | undefined {
    return this.#newest;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  has(key: string): boolean {
    return this.#objects.has(key);
  }

  keys(): string[] {
    return [...this.#objects.keys()];
  }

  /** All objects, or those of one namespace. */
  list(namespace?: string): T[] {
    const all = [...this.#objects.values()];
    return namespace === undefined ? all : all.filter((object) => object.metadata?.namespace === namespace);
  }

  /** Adds an index over what is there and what comes; `values` are what an object is found by. */
  addIndex(name: string, values: (object: T) => readonly string[]): void {
    if (this.#indexes.has(name)) throw new Error(`The store has an index '${name}' already.`);
    const index = new StoreIndex(values);
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) this.#guarded(() => index.set(key, object));
  }

  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`The store has no index '${name}': call addIndex first.`);
    return index.get(value);
  }

  /** Calls the handler for what is there, and for every change from now on. Returns the way to unsubscribe. */
  subscribe(handler: StoreHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.#objects.values()) this.#guarded(() => handler.added?.(object));
    return () => this.#handlers.delete(handler);
  }

  /**
   * Takes what one's own write returned, so that the next read sees it although the watch has not brought it yet.
   * Only objects that the reflector selects may be given. False when the cache knows something as new already.
   */
  assume(object: T): boolean {
    return this.#put(object);
  }

  /** Drops an object that one's own delete removed. It comes back if the watch shows a newer state of it. */
  assumeDeleted(object: KubernetesObject): boolean {
    return this.#remove(objectKey(object), versionOf(object));
  }

  /** For the reflector: a watch event. False when it was older than the cache. */
  observe(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): boolean {
    return type === 'DELETED' ? this.#remove(objectKey(object), versionOf(object)) : this.#put(object);
  }

  /**
   * For the reflector: a complete list made at `version`. What it lacks was deleted, unless it is newer than the
   * list. With `rollBack` the list wins over everything.
   */
  replace(items: readonly T[], version: bigint | undefined, options: { rollBack?: boolean } = {}): void {
    if (options.rollBack === true) {
      this.#tombstones.clear();
      this.#newest = undefined;
    }
    this.sawVersion(version);
    const listed = new Set<string>();
    for (const item of items) {
      const key = objectKey(item);
      listed.add(key);
      if (options.rollBack === true) this.#set(key, item);
      else if (!isBefore(version, this.#tombstones.get(key))) this.#tombstones.delete(key);
      this.#put(item);
    }
    for (const key of [...this.#objects.keys()]) {
      // An object newer than the list is kept by #remove; the watch from the list's version tells its fate.
      if (!listed.has(key)) this.#remove(key, options.rollBack === true ? undefined : version);
    }
  }

  /** For the reflector: notes a version that came with no object, as a bookmark's. */
  sawVersion(version: bigint | undefined): void {
    if (version !== undefined && (this.#newest === undefined || this.#newest < version))
      this.#newest = version;
  }

  #put(object: T): boolean {
    const key = objectKey(object);
    const version = versionOf(object);
    this.sawVersion(version);
    if (version !== undefined) {
      const deletedAt = this.#tombstones.get(key);
      if (deletedAt !== undefined && version <= deletedAt) return false;
      const cached = this.#objects.get(key);
      const cachedVersion = cached === undefined ? undefined : versionOf(cached);
      if (cachedVersion !== undefined && version <= cachedVersion) return false;
    }
    this.#tombstones.delete(key);
    this.#set(key, object);
    return true;
  }

  #set(key: string, incoming: T): void {
    const object = this.#transform(incoming);
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) this.#guarded(() => index.set(key, object));
    for (const handler of this.#handlers) {
      this.#guarded(() => (old === undefined ? handler.added?.(object) : handler.updated?.(object, old)));
    }
  }

  #remove(key: string, version: bigint | undefined): boolean {
    this.sawVersion(version);
    const cached = this.#objects.get(key);
    if (cached !== undefined && isBefore(version, versionOf(cached))) return false;
    this.#bury(key, version);
    if (cached === undefined) return false;
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) index.delete(key);
    for (const handler of this.#handlers) this.#guarded(() => handler.deleted?.(cached));
    return true;
  }

  #bury(key: string, version: bigint | undefined): void {
    if (version === undefined || isBefore(version, this.#tombstones.get(key))) return;
    // Re-inserted, so that the map stays in order of death.
    this.#tombstones.delete(key);
    this.#tombstones.set(key, version);
    if (this.#tombstones.size <= maxTombstones) return;
    for (const oldest of this.#tombstones.keys()) {
      this.#tombstones.delete(oldest);
      return;
    }
  }

  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#onError(error);
    }
  }
}
