/**
 * Observed load through the HTTP API of Prometheus (and of what speaks it: Thanos, Mimir, VictoriaMetrics):
 * one instant query for each resource, https://prometheus.io/docs/prometheus/latest/querying/api/.
 */
import { RESOURCES } from '../core/resources.ts';
import type { Resource } from '../core/resources.ts';
import { DEFAULT_QUERIES } from './queries.ts';
import type { PrometheusQuery } from './queries.ts';
import { parseInstantVector } from './prometheus-answer.ts';
import type { Answer } from './prometheus-answer.ts';
import { MetricsError } from './types.ts';
import type { Observation, ObservedLoadSource } from './types.ts';

export interface PrometheusOptions {
  /** Without `/api/v1`. */
  readonly url: string;
  /** In place of DEFAULT_QUERIES, by resource. */
  readonly queries?: Readonly<Partial<Record<Resource, PrometheusQuery>>>;
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
  readonly #options: PrometheusOptions;
  readonly #endpoint: string;

  constructor(options: PrometheusOptions) {
    this.#options = options;
    this.name = `Prometheus at ${options.url}`;
    this.#endpoint = `${options.url.replace(/\/+$/, '')}/api/v1/query`;
  }

  async observe(signal: AbortSignal): Promise<readonly Observation[]> {
    const outcomes = await Promise.allSettled(RESOURCES.map((resource) => this.#query(resource, signal)));
    signal.throwIfAborted();
    const failures = outcomes
      .filter((outcome) => outcome.status === 'rejected')
      .map((o) => asError(o.reason));
    const [first] = failures;
    if (first !== undefined && failures.length === outcomes.length) throw first;
    for (const failure of failures) this.#options.onWarning?.(failure.message);

    const valuesOf = new Map<Resource, Values>();
    outcomes.forEach((outcome, i) => {
      const resource = RESOURCES[i];
      if (resource !== undefined && outcome.status === 'fulfilled') valuesOf.set(resource, outcome.value);
    });
    return observations(valuesOf);
  }

  async #query(resource: Resource, signal: AbortSignal): Promise<Values> {
    const {
      query,
      nodeLabel = 'node',
      multiplier = 1,
    } = this.#options.queries?.[resource] ?? DEFAULT_QUERIES[resource];
    const answer = await this.#ask(resource, query, signal);
    for (const warning of answer.warnings)
      this.#options.onWarning?.(`${this.name}, query for ${resource}: ${warning}`);
    const oldest = this.#options.now() - (this.#options.stalenessMs ?? 300_000);
    const values = new Map<string, { time: number; value: number }>();
    for (const { labels, time, value } of answer.elements) {
      const node = nodeName(labels[nodeLabel]);
      if (node === undefined || !Number.isFinite(value) || time < oldest) continue;
      const before = values.get(node);
      values.set(node, {
        time: Math.max(time, before?.time ?? 0),
        value: value * multiplier + (before?.value ?? 0),
      });
    }
    if (
      answer.elements.length > 0 &&
      answer.elements.every(({ labels }) => labels[nodeLabel] === undefined)
    ) {
      const labels = Object.keys(answer.elements[0]?.labels ?? {}).join(', ');
      throw new MetricsError(
        `${this.name}: no element that the query for ${resource} gave has a label ${nodeLabel} ` +
          `(they have: ${labels || 'none'}); set nodeLabel to the one that names the node. Query: ${query}`,
        { resource },
      );
    }
    return values;
  }

  async #ask(resource: Resource, query: string, signal: AbortSignal): Promise<Answer> {
    const timeoutMs = this.#options.timeoutMs ?? 10_000;
    const failed = (what: string, details: { status?: number; cause?: unknown }): MetricsError =>
      new MetricsError(`${this.name}: the query for ${resource} failed: ${what}. Query: ${query}`, {
        resource,
        ...details,
      });
    let status: number;
    let body: string;
    try {
      // POST: a query may be longer than a URL.
      const response = await fetch(this.#endpoint, {
        method: 'POST',
        headers: { ...this.#options.headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ query, timeout: `${Math.ceil(timeoutMs / 1000)}s` }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      status = response.status;
      body = await response.text();
    } catch (error) {
      signal.throwIfAborted();
      const isTimeout = error instanceof Error && error.name === 'TimeoutError';
      throw failed(isTimeout ? `no answer within ${timeoutMs} ms` : reasonOf(error), { cause: error });
    }
    const answer = parseInstantVector(body);
    if (typeof answer === 'string') throw failed(`HTTP ${status}: ${answer}`, { status });
    return answer;
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
    const of = (resource: Resource): number | null => valuesOf.get(resource)?.get(node)?.value ?? null;
    const times = [...valuesOf.values()].map((values) => values.get(node)?.time ?? 0);
    return {
      node,
      time: Math.max(...times),
      load: { cpu: of('cpu'), memory: of('memory'), gpu: of('gpu'), network: of('network') },
    };
  });
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

/** fetch hides what happened in its error's cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
