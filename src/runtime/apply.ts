/**
 * Server-side apply that is skipped when it would change nothing.
 *
 * An apply says "these fields, all of mine, have these values". It is a no-op when two things hold: the live object
 * has each of the fields with the same value, and the fields that this manager owned before (`managedFields`) are all
 * among them, for one that is left out would be removed. The answer errs to one side: where the server stores a value
 * in another form (`0.1` as `100m`), the call is made, and the server finds that nothing changed.
 */
import type { CallOptions, KubeClient } from './kube-client.ts';
import type { Store } from './store.ts';
import { type KubernetesObject, type ResourceType, objectKey, without } from './types.ts';

/**
 * True when every field of `desired` is in `live` with the same value. Lists must have the same length, and be equal
 * in this sense item by item. A field that is undefined or null in `desired` is one that is not wanted.
 */
export function subsetEquals(live: unknown, desired: unknown): boolean {
  if (desired === undefined || desired === null) return live === undefined || live === null;
  if (Array.isArray(desired)) {
    const items: unknown[] = desired;
    return (
      Array.isArray(live) &&
      live.length === items.length &&
      items.every((item, i) => subsetEquals(live[i], item))
    );
  }
  if (!isRecord(desired)) return live === desired;
  if (!isRecord(live)) return false;
  return Object.entries(desired).every(([name, value]) => subsetEquals(live[name], value));
}

/** True when an apply of `desired` by this manager would leave `live` as it is. */
export function applyIsNoop(
  live: KubernetesObject | undefined,
  desired: KubernetesObject,
  options: { fieldManager: string; subresource?: string | undefined },
): boolean {
  const entry = live?.metadata?.managedFields?.find(
    ({ manager, operation, subresource = '' }) =>
      manager === options.fieldManager &&
      operation === 'Apply' &&
      subresource === (options.subresource ?? ''),
  );
  // Without an entry the apply would at least make this manager the owner.
  if (live === undefined || entry === undefined) return false;
  const wanted = appliedPart(desired, options.subresource);
  return subsetEquals(live, wanted) && holdsAll(entry.fieldsV1, wanted);
}

/**
 * Applies `desired` unless the cache shows that it would change nothing; what the server answers goes into the store,
 * so that the next reconcile sees it. The store must hold `managedFields` (a reflector's transform may drop them:
 * then every call is made).
 */
export async function applyIfChanged<T extends KubernetesObject>(
  client: KubeClient,
  type: ResourceType,
  store: Store<T>,
  desired: T,
  options: { fieldManager: string; subresource?: 'status' | undefined; force?: boolean } & CallOptions,
): Promise<{ object: T; changed: boolean }> {
  const live = store.get(objectKey(desired));
  if (live !== undefined && applyIsNoop(live, desired, options)) return { object: live, changed: false };
  const object = await client.serverSideApply(type, desired, options);
  store.assume(object);
  return { object, changed: true };
}

/** What of `desired` the server looks at. */
function appliedPart(desired: KubernetesObject, subresource: string | undefined): Record<string, unknown> {
  const fields: Record<string, unknown> = without(desired, 'apiVersion', 'kind', 'metadata');
  if (subresource !== undefined) return { [subresource]: fields[subresource] };
  const meta = without(desired.metadata ?? {}, 'name', 'namespace', 'managedFields');
  return Object.keys(meta).length === 0 ? fields : { ...fields, metadata: meta };
}

/**
 * True when every path of a fieldsV1 set is in `value`. Its keys are `f:name` (a field), `k:{…}` (a list item with
 * these keys), `v:…` (a set's value), `i:0` (an index) and `.` (the thing itself).
 */
function holdsAll(fields: unknown, value: unknown): boolean {
  if (!isRecord(fields)) return true;
  return Object.entries(fields).every(([path, below]) => {
    const kind = path.slice(0, 2);
    const rest = path.slice(2);
    switch (kind) {
      case 'f:':
        return isRecord(value) && value[rest] !== undefined && holdsAll(below, value[rest]);
      case 'k:': {
        const keys: unknown = JSON.parse(rest);
        const items: unknown[] = Array.isArray(value) ? value : [];
        const item = items.find((candidate) => subsetEquals(candidate, keys));
        return item !== undefined && holdsAll(below, item);
      }
      case 'v:': {
        const wanted: unknown = JSON.parse(rest);
        return Array.isArray(value) && value.some((candidate: unknown) => subsetEquals(candidate, wanted));
      }
      default:
        return true;
    }
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
