/**
 * The four resources that Foreshard forecasts and plans, and amounts of them.
 *
 * Inside the core every amount is a plain number in a base unit: CPU in cores, memory in bytes, GPU in
 * devices, network in bits per second. Quantities ("500m", "8Gi") are parsed at the edge (`core/quantity`),
 * and turned into the API's integers there as well.
 */

export const RESOURCES = ['cpu', 'memory', 'gpu', 'network'] as const;

export type Resource = (typeof RESOURCES)[number];

/** An amount of each resource, in base units. */
export type ResourceVector = Readonly<Record<Resource, number>>;

/** What was measured of each resource, in base units; null where nothing was. */
export type Load = Readonly<Record<Resource, number | null>>;

/** A value for each resource. */
export function byResource<T>(of: (resource: Resource) => T): Record<Resource, T> {
  return { cpu: of('cpu'), memory: of('memory'), gpu: of('gpu'), network: of('network') };
}

export const ZERO: ResourceVector = { cpu: 0, memory: 0, gpu: 0, network: 0 };

export function resourceVector(of: (resource: Resource) => number): ResourceVector {
  return byResource(of);
}

export function add(a: ResourceVector, b: ResourceVector): ResourceVector {
  return resourceVector((r) => a[r] + b[r]);
}

export function subtract(a: ResourceVector, b: ResourceVector): ResourceVector {
  return resourceVector((r) => a[r] - b[r]);
}
