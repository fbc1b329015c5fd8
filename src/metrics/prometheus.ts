/** Observed load from Prometheus: one instant query for each resource of nodes, and of Foreshard's own pods. */
import { RESOURCES, byResource } from '../core/resources.ts';
import type { Resource } from '../core/resources.ts';
import type { Element } from './prometheus-answer.ts';
import { PrometheusClient } from './prometheus-client.ts';
import type { TimedAnswer } from './prometheus-client.ts';
import { PrometheusClock } from './prometheus-clock.ts';
import { PrometheusPods } from './prometheus-pods.ts';
import { defaultPodQueries, defaultQueries } from './queries.ts';
import type { PrometheusPodQuery, PrometheusQuery } from './queries.ts';
import { MetricsError } from './types.ts';
import type { LoadReport, Observation, ObservedLoadSource, PodReference } from './types.ts';

export interface PrometheusOptions {
  /** Without `/api/v1`. */
  readonly url: string;
  /** In place of `defaultQueries`, by resource. */
  readonly queries?: Readonly<Partial<Record<Resource, PrometheusQuery>>>;
  /** In place of `defaultPodQueries`, by resource. */
  readonly podQueries?: Readonly<Partial<Record<Resource, PrometheusPodQuery>>>;
  /** Over which the default queries take rates; default 120 s. */
  readonly rateWindowSeconds?: number;
  /** Of one query; default 10 s. */
  readonly timeoutMs?: number;
  /** Samples older than this are dropped; default 5 minutes. */
  readonly stalenessMs?: number;
  /** Such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  now(): number;
  /** Told of queries that fail while others succeed, and of Prometheus' own warnings. */
  onWarning?(message: string): void;
}

type Values = ReadonlyMap<string, { readonly time: number; readonly value: number }>;

export class PrometheusSource implements ObservedLoadSource {
  readonly name: string;
  readonly #client: PrometheusClient;
  readonly #clock: PrometheusClock;
  readonly #pods: PrometheusPods;
  readonly #queries: Readonly<Record<Resource, PrometheusQuery>>;
  readonly #warn: (message: string) => void;

  constructor(options: PrometheusOptions) {
    const {
      url,
      queries,
      podQueries,
      rateWindowSeconds,
      timeoutMs = 10_000,
      stalenessMs = 300_000,
      headers = {},
    } = options;
    this.#warn = (message) => options.onWarning?.(message);
    this.#client = new PrometheusClient({ url, timeoutMs, headers });
    this.name = this.#client.name;
    this.#clock = new PrometheusClock({
      name: this.name,
      stalenessMs,
      now: () => options.now(),
      onWarning: this.#warn,
    });
    this.#queries = { ...defaultQueries(rateWindowSeconds), ...queries };
    this.#pods = new PrometheusPods(this.#client, { ...defaultPodQueries(rateWindowSeconds), ...podQueries });
  }

  async observe(signal: AbortSignal, pods: readonly PodReference[] = []): Promise<LoadReport> {
    const nodes = await Promise.allSettled(RESOURCES.map((resource) => this.#nodes(resource, signal)));
    signal.throwIfAborted();
    const failures = nodes.filter((outcome) => outcome.status === 'rejected').map((o) => asError(o.reason));
    const [first] = failures;
    if (first !== undefined && failures.length === nodes.length) throw first;
    for (const failure of failures) this.#warn(failure.message);

    const valuesOf = new Map<Resource, Values>();
    nodes.forEach((outcome, i) => {
      const resource = RESOURCES[i];
      if (resource !== undefined && outcome.status === 'fulfilled') valuesOf.set(resource, outcome.value);
    });
    return { nodes: observations(valuesOf), pods: await this.#pods.usage(pods, signal, this.#warn) };
  }

  async #nodes(resource: Resource, signal: AbortSignal): Promise<Values> {
    const { query, nodeLabel = 'node', multiplier = 1 } = this.#queries[resource];
    const answer = await this.#client.query(resource, query, signal);
    for (const warning of answer.warnings) this.#warn(`${this.name}, query for ${resource}: ${warning}`);
    this.#checkLabel(resource, answer, query, nodeLabel);
    const values = new Map<string, { time: number; value: number }>();
    for (const element of answer.elements) {
      const node = nodeName(element.labels[nodeLabel]);
      const time = this.#clock.timeOf(element, answer.serverTime);
      if (node === undefined || !Number.isFinite(element.value) || time === undefined) continue;
      const before = values.get(node);
      values.set(node, {
        time: Math.max(time, before?.time ?? 0),
        value: element.value * multiplier + (before?.value ?? 0),
      });
    }
    return values;
  }

  #checkLabel(resource: Resource, { elements }: TimedAnswer, query: string, nodeLabel: string): void {
    const [first] = elements;
    if (first === undefined || elements.some((element: Element) => element.labels[nodeLabel] !== undefined))
      return;
    const labels = Object.keys(first.labels).join(', ');
    throw new MetricsError(
      `${this.name}: no element that the query for ${resource} gave has a label ${nodeLabel} ` +
        `(they have: ${labels || 'none'}); set nodeLabel to the one that names the node. Query: ${query}`,
      { resource },
    );
  }
}

/** `host:9100` is `host`; a name without a port stays (and so does an IPv6 address, within its brackets). */
function nodeName(label: string | undefined): string | undefined {
  if (label === undefined || label === '') return undefined;
  return label.replace(/^(\[[^\]]*\]|[^:]+):\d+$/, '$1');
}

function observations(valuesOf: ReadonlyMap<Resource, Values>): Observation[] {
  const nodes = new Set([...valuesOf.values()].flatMap((values) => [...values.keys()]));
  return [...nodes].sort().map((node) => {
    const times = [...valuesOf.values()].map((values) => values.get(node)?.time ?? 0);
    return {
      node,
      time: Math.max(...times),
      load: byResource((resource) => valuesOf.get(resource)?.get(node)?.value ?? null),
    };
  });
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
