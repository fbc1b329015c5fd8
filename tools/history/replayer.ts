/**
 * A small exporter that shows the load of nodes that do not exist (KWOK's), for Prometheus to scrape:
 * `foreshard_node_load{node="…",resource="cpu"} 3.5`, in base units, at the clock's time.
 *
 * Loads can be overridden, in the process or by another one over HTTP:
 *   POST   /override  {"node": "n1", "resource": "cpu", "value": 12}   (value null: take it back)
 *   DELETE /override                                                    (take all back)
 * It answers `/api/v1/query` too, for its own metric alone, where no Prometheus can be had.
 * It listens on 127.0.0.1 only.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RESOURCES } from '../../src/core/resources.ts';
import type { Resource } from '../../src/core/resources.ts';
import type { PrometheusQuery } from '../../src/metrics/index.ts';
import type { ReplayFunction } from './traces.ts';

export const METRIC = 'foreshard_node_load';

/** What the operator asks Prometheus for where the replayer is what it scrapes. */
export const REPLAYER_QUERIES: Readonly<Record<Resource, PrometheusQuery>> = {
  cpu: queryFor('cpu'),
  memory: queryFor('memory'),
  gpu: queryFor('gpu'),
  network: queryFor('network'),
};

function queryFor(resource: Resource): PrometheusQuery {
  return { query: `${METRIC}{resource="${resource}"}` };
}

const OWN_QUERY = /^foreshard_node_load\{resource="(cpu|memory|gpu|network)"\}$/;
const LARGEST_BODY = 65_536;

export interface ReplayerOptions {
  readonly loads: ReadonlyMap<string, ReplayFunction>;
  now(): number;
  /** Default: any free one. */
  readonly port?: number;
}

interface Reading {
  readonly node: string;
  readonly resource: Resource;
  readonly value: number;
}

export class Replayer {
  readonly #options: ReplayerOptions;
  readonly #overrides = new Map<string, number>();
  readonly #server: Server;

  private constructor(options: ReplayerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        reply(response, 400, { error: error instanceof Error ? error.message : String(error) });
      });
    });
  }

  static async start(options: ReplayerOptions): Promise<Replayer> {
    const replayer = new Replayer(options);
    await new Promise<void>((resolve, reject) => {
      replayer.#server.once('error', reject);
      replayer.#server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return replayer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Without a path: what PrometheusSource takes as its URL, where the replayer answers queries itself. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Shows `value` (base units) in place of the load; throws on a node that is not replayed. */
  setOverride(node: string, resource: Resource, value: number): void {
    if (!this.#options.loads.has(node)) throw new Error(`no load of a node ${node} is replayed`);
    this.#overrides.set(overrideKey(node, resource), value);
  }

  clearOverride(node: string, resource: Resource): void {
    this.#overrides.delete(overrideKey(node, resource));
  }

  clearOverrides(): void {
    this.#overrides.clear();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    switch (`${request.method ?? 'GET'} ${url.pathname}`) {
      case 'GET /metrics':
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
        response.end(this.#exposition());
        return;
      case 'POST /override':
        this.#override(JSON.parse(await bodyOf(request)));
        {
          reply(response, 200, {});
          return;
        }
      case 'DELETE /override':
        this.clearOverrides();
        {
          reply(response, 200, {});
          return;
        }
      case 'GET /api/v1/query': {
        this.#answer(url.searchParams.get('query') ?? '', response);
        return;
      }
      case 'POST /api/v1/query': {
        this.#answer(new URLSearchParams(await bodyOf(request)).get('query') ?? '', response);
        return;
      }
      default:
        reply(response, 404, { error: `there is no ${request.method ?? 'GET'} ${url.pathname}` });
    }
  }

  #readings(): Reading[] {
    const now = this.#options.now();
    return [...this.#options.loads].flatMap(([node, load]) => {
      const values = load(now);
      return RESOURCES.flatMap((resource) => {
        const value = this.#overrides.get(overrideKey(node, resource)) ?? values[resource];
        return value === null ? [] : [{ node, resource, value }];
      });
    });
  }

  #exposition(): string {
    const lines = this.#readings().map(
      (r) => `${METRIC}{node="${r.node}",resource="${r.resource}"} ${r.value}`,
    );
    return [
      `# HELP ${METRIC} Background load of a node: cores, bytes, devices, bits per second.`,
      `# TYPE ${METRIC} gauge`,
      ...lines,
      '',
    ].join('\n');
  }

  #answer(query: string, response: ServerResponse): void {
    const resource = OWN_QUERY.exec(query)?.[1];
    if (resource === undefined) {
      const error = `the replayer answers ${METRIC}{resource="…"} only, not: ${query}`;
      reply(response, 400, { status: 'error', errorType: 'bad_data', error });
      return;
    }
    const time = this.#options.now() / 1000;
    const result = this.#readings()
      .filter((reading) => reading.resource === resource)
      .map(({ node, value }) => ({
        metric: { __name__: METRIC, node, resource },
        value: [time, String(value)],
      }));
    // As Prometheus does: the answer is dated by the clock that its samples are.
    response.setHeader('date', new Date(this.#options.now()).toUTCString());
    reply(response, 200, { status: 'success', data: { resultType: 'vector', result } });
  }

  #override(body: unknown): void {
    const { node, resource, value } = (body ?? {}) as Record<string, unknown>;
    const known = RESOURCES.find((r) => r === resource);
    if (typeof node !== 'string' || known === undefined) throw new Error('node and resource must be given');
    if (value === null) this.clearOverride(node, known);
    else if (typeof value === 'number' && Number.isFinite(value)) this.setOverride(node, known, value);
    else throw new Error('value must be a number, or null');
  }
}

const overrideKey = (node: string, resource: Resource): string => `${node}/${resource}`;

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > LARGEST_BODY) throw new Error('the body is too long');
  }
  return body;
}
