/**
 * Kubernetes objects as JSON carries them, and how they are named and addressed.
 *
 * client-node's `V1…` classes turn times into `Date`; here they stay the RFC 3339 strings that the API server
 * sent, so that an object read can be compared with, and written as, what is stored.
 */

/** One served resource: what is in a URL (`plural`) and in an object's head (`kind`). The core group is ''. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: unknown;
  subresource?: string;
}

export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
}

export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

export interface ObjectKey {
  namespace?: string;
  name: string;
}

export interface ListMeta {
  resourceVersion?: string;
  continue?: string;
}

export interface KubernetesList<T> {
  metadata: ListMeta;
  items: T[];
}

/** The name of an object within its kind: `namespace/name`, or `name` when it is cluster-scoped. */
export function objectKey(object: KubernetesObject | ObjectKey): string {
  const { namespace, name } = 'name' in object ? object : (object.metadata ?? {});
  if (name === undefined || name === '')
    throw new Error('The object has no metadata.name, so it has no key.');
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** The inverse of {@link objectKey}. */
export function splitKey(key: string): ObjectKey {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** A shallow copy without some fields. */
export function without<T extends object, K extends keyof T>(object: T, ...fields: K[]): Omit<T, K> {
  const copy: Partial<T> = { ...object };
  for (const field of fields) Reflect.deleteProperty(copy, field);
  return copy as Omit<T, K>;
}

/** `batch/v1`, or `v1` for the core group. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** The head of an object, which is what an apply of some of its fields begins with. */
export function identityOf(object: KubernetesObject): {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
} {
  const { apiVersion, kind, metadata } = object;
  if (apiVersion === undefined || kind === undefined || metadata?.name === undefined) {
    throw new Error('An object without apiVersion, kind and metadata.name cannot be named.');
  }
  const { name, namespace } = metadata;
  return { apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace } };
}

/** A reference that makes `owner` the controller of a child; the owner must have been read from the server. */
export function ownerReference(
  owner: KubernetesObject,
  options: { controller?: boolean; blockOwnerDeletion?: boolean } = {},
): OwnerReference {
  const { apiVersion, kind, metadata } = identityOf(owner);
  const uid = owner.metadata?.uid;
  if (uid === undefined)
    throw new Error(`${kind} ${metadata.name} has no uid yet, so it cannot own an object.`);
  const { controller = true, blockOwnerDeletion = true } = options;
  return { apiVersion, kind, name: metadata.name, uid, controller, blockOwnerDeletion };
}

/** The URL path of a collection, an object or a subresource. */
export function resourcePath(
  type: ResourceType,
  target: {
    namespace?: string | undefined;
    name?: string | undefined;
    subresource?: string | undefined;
  } = {},
): string {
  const { namespace, name, subresource } = target;
  if (type.namespaced && name !== undefined && (namespace === undefined || namespace === '')) {
    throw new Error(`${type.kind} ${name} is namespaced: give its namespace.`);
  }
  const parts = [type.group === '' ? 'api' : `apis/${type.group}`, type.version];
  if (type.namespaced && namespace !== undefined && namespace !== '') {
    parts.push('namespaces', encodeURIComponent(namespace));
  }
  parts.push(type.plural);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource !== undefined) parts.push(subresource);
  return `/${parts.join('/')}`;
}

const wellKnown = (
  group: string,
  version: string,
  plural: string,
  kind: string,
  namespaced = true,
): ResourceType => ({ group, version, plural, kind, namespaced });

/** Well-known kinds of Kubernetes itself. */
export const resources = {
  nodes: wellKnown('', 'v1', 'nodes', 'Node', false),
  namespaces: wellKnown('', 'v1', 'namespaces', 'Namespace', false),
  pods: wellKnown('', 'v1', 'pods', 'Pod'),
  configMaps: wellKnown('', 'v1', 'configmaps', 'ConfigMap'),
  secrets: wellKnown('', 'v1', 'secrets', 'Secret'),
  services: wellKnown('', 'v1', 'services', 'Service'),
  jobs: wellKnown('batch', 'v1', 'jobs', 'Job'),
  leases: wellKnown('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  events: wellKnown('events.k8s.io', 'v1', 'events', 'Event'),
} as const;
