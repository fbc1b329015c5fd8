/**
 * Order of resource versions. They are decimal numbers of any length, comparable within one resource type
 * (KEP-5504, "Comparable Resource Version"); an aggregated API that uses anything else has no order here.
 */
import type { KubernetesObject } from './types.ts';

/** The version as a number; undefined when absent or not a number. */
export function parseVersion(version: string | undefined): bigint | undefined {
  return version !== undefined && /^\d+$/.test(version) ? BigInt(version) : undefined;
}

export function versionOf(object: KubernetesObject): bigint | undefined {
  return parseVersion(object.metadata?.resourceVersion);
}

/** True when both are known and `a` is before `b`. */
export function isBefore(a: bigint | undefined, b: bigint | undefined): boolean {
  return a !== undefined && b !== undefined && a < b;
}
