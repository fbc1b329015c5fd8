/** What pods use, by name, from Prometheus. Only those that are asked for are read: a cluster has many others. */
import type { Load, Resource } from '../core/resources.ts';
import type { PrometheusClient } from './prometheus-client.ts';
import type { PrometheusPodQuery } from './queries.ts';
import { NOTHING } from './types.ts';
import type { PodReference, PodUsage } from './types.ts';

/** Names in one query: Prometheus matches a longer regular expression ever more slowly. */
const NAMES_PER_QUERY = 400;

export class PrometheusPods {
  readonly #client: PrometheusClient;
  readonly #queries: Readonly<Partial<Record<Resource, PrometheusPodQuery>>>;

  constructor(client: PrometheusClient, queries: Readonly<Partial<Record<Resource, PrometheusPodQuery>>>) {
    this.#client = client;
    this.#queries = queries;
  }

  /** A query that fails is told, and its resource not measured. */
  async usage(
    pods: readonly PodReference[],
    signal: AbortSignal,
    warn: (message: string) => void,
  ): Promise<PodUsage[]> {
    const wanted = new Map(pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod]));
    const loads = new Map<string, Load>();
    for (const [resource, query] of Object.entries(this.#queries) as [Resource, PrometheusPodQuery][]) {
      for (const names of batches(pods, query)) {
        try {
          for (const [key, value] of await this.#ask(resource, query, names, signal)) {
            if (!wanted.has(key)) continue;
            const load = loads.get(key) ?? NOTHING;
            loads.set(key, { ...load, [resource]: (load[resource] ?? 0) + value });
          }
        } catch (error) {
          signal.throwIfAborted();
          warn(`${error instanceof Error ? error.message : String(error)}; pods count with their requests`);
        }
      }
    }
    return [...loads].flatMap(([key, usage]) => {
      const pod = wanted.get(key);
      return pod === undefined ? [] : [{ namespace: pod.namespace, name: pod.name, usage }];
    });
  }

  async #ask(
    resource: Resource,
    { query, namespaceLabel = 'namespace', podLabel = 'pod', multiplier = 1 }: PrometheusPodQuery,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<[string, number][]> {
    const { elements } = await this.#client.query(
      resource,
      query.replaceAll('$pods', () => names.map(escapeName).join('|')),
      signal,
    );
    return elements
      .filter(({ value }) => Number.isFinite(value))
      .map(({ labels, value }) => [
        `${labels[namespaceLabel] ?? ''}/${labels[podLabel] ?? ''}`,
        value * multiplier,
      ]);
  }
}

function* batches(pods: readonly PodReference[], { query }: PrometheusPodQuery): Generator<string[]> {
  const names = [...new Set(pods.map(({ name }) => name))];
  const size = query.includes('$pods') ? NAMES_PER_QUERY : names.length;
  for (let i = 0; i < names.length; i += size) yield names.slice(i, i + size);
}

/** Names of pods are DNS names: only the dot means something in a regular expression (within a PromQL string). */
const escapeName = (name: string): string => name.replaceAll('.', String.raw`\\.`);
