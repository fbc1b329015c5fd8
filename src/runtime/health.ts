/**
 * The HTTP endpoints that kubelet and Prometheus call: /healthz, /readyz and /metrics.
 *
 * A check is a function that throws when something is wrong. `/readyz?verbose` lists the checks as the API server's
 * own endpoint does, and `/readyz/<name>` asks one of them.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { type Logger, messageOf } from './log.ts';

/** Throws when unhealthy; the message is shown with `?verbose`. */
export type Check = () => void | Promise<void>;

export interface HttpEndpoint {
  /** `host:port` that is listened on. */
  readonly address: string;
  close(): Promise<void>;
}

/** Serves each endpoint (`healthz`, `readyz`) with its named checks. */
export function startHealthServer(
  endpoints: ReadonlyMap<string, ReadonlyMap<string, Check>>,
  address: string,
  log: Logger,
): Promise<HttpEndpoint> {
  return serve(address, log, async (url) => {
    const [endpoint = '', name] = url.pathname.split('/').slice(1);
    const checks = endpoints.get(endpoint);
    if (checks === undefined) return undefined;
    if (name !== undefined && name !== '') {
      const check = checks.get(name);
      if (check === undefined) return undefined;
      return report(endpoint, await runChecks(new Map([[name, check]])), url);
    }
    return report(endpoint, await runChecks(checks), url);
  });
}

/** Serves the registry at /metrics. */
export function startMetricsServer(registry: Registry, address: string, log: Logger): Promise<HttpEndpoint> {
  return serve(address, log, async (url) => {
    if (url.pathname !== '/metrics') return undefined;
    return { code: 200, type: registry.contentType, body: await registry.metrics() };
  });
}

/** `:8080` (every interface), `127.0.0.1:0` (any free port), `[::1]:8080`. */
export function parseAddress(address: string): { host: string | undefined; port: number } {
  const match = /^(?<host>\[[0-9a-fA-F:]+\]|[^:[\]]*):(?<port>\d{1,5})$/.exec(address);
  const port = Number(match?.groups?.port);
  if (match === null || port > 65_535) {
    throw new Error(
      `'${address}' is no address to listen on: write host:port, such as ':8080' or '127.0.0.1:8080'.`,
    );
  }
  const host = (match.groups?.host ?? '').replace(/^\[|\]$/g, '');
  return { host: host === '' ? undefined : host, port };
}

interface Answer {
  code: number;
  type: string;
  body: string;
}

type Results = Map<string, Error | undefined>;

async function runChecks(checks: ReadonlyMap<string, Check>): Promise<Results> {
  const outcome = async (check: Check): Promise<Error | undefined> => {
    try {
      await check();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };
  const results = await Promise.all(
    [...checks].map(async ([name, check]) => [name, await outcome(check)] as const),
  );
  return new Map(results);
}

function report(endpoint: string, results: Results, url: URL): Answer {
  const failed = [...results.values()].some((error) => error !== undefined);
  const type = 'text/plain; charset=utf-8';
  if (!failed && !url.searchParams.has('verbose')) return { code: 200, type, body: 'ok' };
  const lines = [...results].map(([name, error]) =>
    error === undefined ? `[+]${name} ok` : `[-]${name} failed: ${error.message}`,
  );
  lines.push(`${endpoint} check ${failed ? 'failed' : 'passed'}`);
  return { code: failed ? 500 : 200, type, body: `${lines.join('\n')}\n` };
}

async function serve(
  address: string,
  log: Logger,
  answer: (url: URL) => Promise<Answer | undefined>,
): Promise<HttpEndpoint> {
  const { host, port } = parseAddress(address);
  const respond = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const readOnly = request.method === 'GET' || request.method === 'HEAD';
    const { code, type, body } = (readOnly ? await answer(url) : undefined) ?? {
      code: readOnly ? 404 : 405,
      type: 'text/plain; charset=utf-8',
      body: readOnly ? 'not found\n' : 'method not allowed\n',
    };
    response.writeHead(code, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  };
  const server = http.createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      log.error('An endpoint failed', { path: request.url, error });
      if (!response.headersSent) response.writeHead(500);
      response.end(messageOf(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`Cannot listen on ${address}: ${error.message}`)));
    server.listen(port, host, resolve);
  });
  const bound = server.address() as AddressInfo;
  const shownHost = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    address: `${shownHost}:${String(bound.port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
