/**
 * What tasks take of the four resources: as `resources` states it, and as their containers request it.
 */
import type { Problem } from '../../api/problem.ts';
import type { TaskResources } from '../../api/types.generated.ts';
import { tryParseQuantity } from '../quantity/quantity.ts';
import { RESOURCES, resourceVector, type Resource, type ResourceVector } from '../resources.ts';
import type { ResolveOptions } from './types.ts';

/** As stated in `resources`: in base units, and as it was written. */
export type Amounts = Readonly<
  Partial<Record<Resource, { readonly amount: number; readonly text: number | string }>>
>;

const EXAMPLES: Readonly<Record<Resource, string>> = {
  cpu: '500m or 4',
  memory: '512Mi or 8Gi',
  gpu: '1',
  network: '500M or 1G',
};

/** `field` is the path of `resources`. */
export function readResources(
  resources: TaskResources | undefined,
  field: string,
  problems: Problem[],
): Amounts {
  const amounts: Partial<Record<Resource, { amount: number; text: number | string }>> = {};
  for (const resource of RESOURCES) {
    const text = resources?.[resource];
    if (text === undefined) continue;
    const amount = tryParseQuantity(text);
    if (amount !== undefined && amount >= 0) {
      amounts[resource] = { amount, text };
      continue;
    }
    const message = `${JSON.stringify(text)} is not a quantity of 0 or more, such as ${EXAMPLES[resource]}`;
    problems.push({ field: `${field}.${resource}`, reason: 'InvalidQuantity', message });
  }
  return amounts;
}

/**
 * What the task takes on its node. Where its containers request more than `resources` says, that counts:
 * kube-scheduler reserves it, whatever is used of it.
 */
export function demandOf(
  stated: Amounts,
  requested: ReadonlyMap<string, number>,
  options: ResolveOptions,
): ResourceVector {
  return resourceVector((resource) => {
    const name = requestName(resource, options);
    const reserved = name === undefined ? 0 : (requested.get(name) ?? 0);
    return Math.max(stated[resource]?.amount ?? 0, reserved);
  });
}

/** What containers request beside the four resources, by name; undefined: nothing. */
export function extendedOf(
  requested: ReadonlyMap<string, number>,
  options: ResolveOptions,
): Readonly<Record<string, number>> | undefined {
  const known = new Set(RESOURCES.map((resource) => requestName(resource, options)));
  const others = [...requested].filter(([name, amount]) => !known.has(name) && amount > 0);
  return others.length === 0 ? undefined : Object.fromEntries(others.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Devices, in contrast to memory in huge pages and to ephemeral storage. */
export function isCountedWhole(name: string): boolean {
  return name.includes('/') && !name.startsWith('kubernetes.io/');
}

/** By resource, from limits by the names under which pods state them. */
export function limitsOf(
  limits: ReadonlyMap<string, number>,
  options: ResolveOptions,
): Partial<Record<Resource, number>> {
  return Object.fromEntries(
    RESOURCES.flatMap((resource) => {
      const limit = limits.get(requestName(resource, options) ?? '');
      return limit === undefined ? [] : [[resource, limit]];
    }),
  );
}

/** What the pod must request beside what its containers do, so that kube-scheduler reserves what is planned. */
export function missingRequests(
  stated: Amounts,
  requested: ReadonlyMap<string, number>,
  options: ResolveOptions,
): { requests: Record<string, number | string>; limits: Record<string, number | string> } {
  const requests: Record<string, number | string> = {};
  const limits: Record<string, number | string> = {};
  for (const resource of RESOURCES) {
    const name = requestName(resource, options);
    const { amount, text } = stated[resource] ?? { amount: 0, text: 0 };
    if (name === undefined || amount === 0 || requested.has(name)) continue;
    requests[name] = text;
    if (resource === 'gpu') limits[name] = text;
  }
  return { requests, limits };
}

/** Under which pods request the resource; Kubernetes has no request for network bandwidth. */
function requestName(resource: Resource, { gpuResourceName }: ResolveOptions): string | undefined {
  switch (resource) {
    case 'cpu':
    case 'memory':
      return resource;
    case 'gpu':
      return gpuResourceName;
    case 'network':
      return undefined;
  }
}
