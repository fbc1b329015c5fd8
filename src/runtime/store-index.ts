/**
 * One index of a store: from a value (a node's name, an owner's uid) to the objects that have it.
 */

export class StoreIndex<T> {
  readonly #values: (object: T) => readonly string[];
  readonly #buckets = new Map<string, Map<string, T>>();
  /** What each key was filed under, so that it is found again even if its object was changed meanwhile. */
  readonly #filed = new Map<string, readonly string[]>();

  constructor(values: (object: T) => readonly string[]) {
    this.#values = values;
  }

  get(value: string): T[] {
    return [...(this.#buckets.get(value)?.values() ?? [])];
  }

  set(key: string, object: T): void {
    this.delete(key);
    const values = this.#values(object);
    for (const value of values) {
      const bucket = this.#buckets.get(value);
      if (bucket === undefined) this.#buckets.set(value, new Map([[key, object]]));
      else bucket.set(key, object);
    }
    if (values.length > 0) this.#filed.set(key, [...values]);
  }

  delete(key: string): void {
    for (const value of this.#filed.get(key) ?? []) {
      const bucket = this.#buckets.get(value);
      bucket?.delete(key);
      if (bucket?.size === 0) this.#buckets.delete(value);
    }
    this.#filed.delete(key);
  }
}
