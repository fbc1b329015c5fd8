/**
 * What a pod's containers request, as kube-scheduler counts it (KEP-753, KEP-2837): the larger of the sum of
 * the containers with the sidecars, and of each init container with the sidecars started before it; a pod's
 * own `resources` take the place of these; `overhead` is added.
 *
 * A PodSpec is not checked by the Workflow's schema, so whatever is not of the expected shape is passed over
 * here; the API server names it when the Job is made.
 */
import type { Problem } from '../../api/problem.ts';
import { tryParseQuantity } from '../quantity/quantity.ts';

export interface PodRequests {
  /** The amount of each resource that is stated anywhere, in base units. */
  readonly amounts: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
}

/** `field` is the path of the PodSpec, for problems. */
export function podRequests(podSpec: unknown, field: string): PodRequests {
  const problems: Problem[] = [];
  const read = (holder: unknown, path: string): Map<string, number> => readRequests(holder, path, problems);
  const spec = record(podSpec);

  const steady = new Map<string, number>();
  for (const [i, container] of list(spec.containers).entries()) {
    addTo(steady, read(container, `${field}.containers[${i}]`));
  }
  const starting = new Map<string, number>();
  const sidecars = new Map<string, number>();
  for (const [i, container] of list(spec.initContainers).entries()) {
    const own = read(container, `${field}.initContainers[${i}]`);
    if (record(container).restartPolicy === 'Always') {
      addTo(sidecars, own);
      raiseTo(starting, sidecars);
    } else {
      addTo(own, sidecars);
      raiseTo(starting, own);
    }
  }
  addTo(steady, sidecars);
  raiseTo(steady, starting);
  for (const [name, amount] of read(spec, field)) steady.set(name, amount);
  addTo(steady, readAmounts(spec.overhead, `${field}.overhead`, problems));
  return { amounts: steady, problems };
}

/** Devices that a container requests without an equal limit, for which the API server would refuse the pod. */
export function deviceProblems(
  podSpec: unknown,
  field: string,
  isDevice: (name: string) => boolean,
): Problem[] {
  const spec = record(podSpec);
  return (['containers', 'initContainers'] as const).flatMap((kind) =>
    list(spec[kind]).flatMap((container, i) => {
      const resources = record(record(container).resources);
      const limits = readAmounts(resources.limits, '', []);
      return [...readAmounts(resources.requests, '', [])]
        .filter(([name, amount]) => isDevice(name) && limits.get(name) !== amount)
        .map(([name, amount]) => ({
          field: `${field}.${kind}[${i}].resources.limits`,
          reason: 'InvalidQuantity',
          message: `${name} is requested without an equal limit: devices cannot be overcommitted; add ${name}: ${amount}`,
        }));
    }),
  );
}

/**
 * What the pod can use at most, in base units: of each resource of which every container states a limit. Ordinary init
 * containers run one by one, before the others.
 */
export function podLimits(podSpec: unknown): ReadonlyMap<string, number> {
  const read = (holder: unknown): Map<string, number> =>
    readAmounts(record(record(holder).resources).limits, '', []);
  const spec = record(podSpec);
  const init = list(spec.initContainers);
  const together = [
    ...list(spec.containers),
    ...init.filter((c) => record(c).restartPolicy === 'Always'),
  ].map(read);
  const before = init.filter((c) => record(c).restartPolicy !== 'Always').map(read);
  const limits = new Map<string, number>();
  for (const name of together[0]?.keys() ?? []) {
    if (![...together, ...before].every((c) => c.has(name))) continue;
    const sum = together.reduce((total, c) => total + (c.get(name) ?? 0), 0);
    limits.set(name, Math.max(sum, ...before.map((c) => c.get(name) ?? 0)));
  }
  for (const [name, amount] of read(spec)) limits.set(name, amount);
  return limits;
}

/** Requests, and limits where no request is stated: the API server defaults one to the other. */
function readRequests(holder: unknown, field: string, problems: Problem[]): Map<string, number> {
  const resources = record(record(holder).resources);
  const amounts = readAmounts(resources.limits, `${field}.resources.limits`, problems);
  for (const [name, amount] of readAmounts(resources.requests, `${field}.resources.requests`, problems)) {
    amounts.set(name, amount);
  }
  return amounts;
}

function readAmounts(stated: unknown, field: string, problems: Problem[]): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const [name, quantity] of Object.entries(record(stated))) {
    const isText = typeof quantity === 'string' || typeof quantity === 'number';
    const amount = isText ? tryParseQuantity(quantity) : undefined;
    if (amount !== undefined && amount >= 0) {
      amounts.set(name, amount);
      continue;
    }
    problems.push({
      field: `${field}.${name}`,
      reason: 'InvalidQuantity',
      message: `${JSON.stringify(quantity)} is not a quantity of 0 or more, such as 500m, 4 or 8Gi`,
    });
  }
  return amounts;
}

function addTo(sum: Map<string, number>, amounts: ReadonlyMap<string, number>): void {
  for (const [name, amount] of amounts) sum.set(name, (sum.get(name) ?? 0) + amount);
}

function raiseTo(most: Map<string, number>, amounts: ReadonlyMap<string, number>): void {
  for (const [name, amount] of amounts) most.set(name, Math.max(most.get(name) ?? 0, amount));
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
