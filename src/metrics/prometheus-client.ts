/**
 * One instant query over the HTTP API of Prometheus (and of what speaks it: Thanos, Mimir, VictoriaMetrics),
 * https://prometheus.io/docs/prometheus/latest/querying/api/.
 */
import type { Resource } from '../core/resources.ts';
import { parseInstantVector } from './prometheus-answer.ts';
import type { Answer } from './prometheus-answer.ts';
import { MetricsError } from './types.ts';

export interface TimedAnswer extends Answer {
  /** Wall clock of the server when it answered, ms, to the second; undefined where it does not say. */
  readonly serverTime: number | undefined;
}

export interface PrometheusClientOptions {
  /** Without `/api/v1`. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

export class PrometheusClient {
  readonly name: string;
  readonly #options: PrometheusClientOptions;
  readonly #endpoint: string;

  constructor(options: PrometheusClientOptions) {
    this.name = `Prometheus at ${options.url}`;
    this.#options = options;
    this.#endpoint = `${options.url.replace(/\/+$/, '')}/api/v1/query`;
  }

  /** Throws MetricsError; where the signal is aborted its reason. */
  async query(resource: Resource, query: string, signal: AbortSignal): Promise<TimedAnswer> {
    const { timeoutMs, headers } = this.#options;
    const failed = (what: string, details: { status?: number; cause?: unknown }): MetricsError =>
      new MetricsError(`${this.name}: the query for ${resource} failed: ${what}. Query: ${query}`, {
        resource,
        ...details,
      });
    let response: Response;
    let body: string;
    try {
      // POST: a query may be longer than a URL.
      response = await fetch(this.#endpoint, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ query, timeout: `${Math.ceil(timeoutMs / 1000)}s` }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      body = await response.text();
    } catch (error) {
      signal.throwIfAborted();
      const isTimeout = error instanceof Error && error.name === 'TimeoutError';
      throw failed(isTimeout ? `no answer within ${timeoutMs} ms` : reasonOf(error), { cause: error });
    }
    const { status } = response;
    const answer = parseInstantVector(body);
    if (typeof answer === 'string') throw failed(`HTTP ${status}: ${answer}`, { status });
    const serverTime = Date.parse(response.headers.get('date') ?? '');
    return { ...answer, serverTime: Number.isNaN(serverTime) ? undefined : serverTime };
  }
}

/** fetch hides what happened in its error's cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
