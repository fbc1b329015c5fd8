/**
 * HTTP to one API server with the credentials of a KubeConfig.
 *
 * `KubeConfig.applyToHTTPSOptions` gives CA, client certificate, token (files are re-read), exec plugins and
 * impersonation for every request; its agent is used only behind a proxy, because it keeps no connection alive.
 * `applySecurityAuthentication`, the way by fetch, makes a new connection pool for every request.
 */
import http from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { abortReason } from './clock.ts';

export interface TransportRequest {
  method: string;
  /** Path and query, beginning with '/'. */
  path: string;
  headers: Record<string, string>;
  body?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** A connection that was idle may have been closed by the server just as it was taken; nothing was processed. */
const staleConnection = new Set(['ECONNRESET', 'EPIPE']);

export class HttpTransport {
  readonly #config: KubeConfig;
  readonly #server: URL;
  readonly #agent: http.Agent;

  constructor(config: KubeConfig) {
    const cluster = config.getCurrentCluster();
    if (cluster === null) {
      throw new Error('The kubeconfig has no current cluster: set current-context or pass --context.');
    }
    this.#config = config;
    this.#server = new URL(cluster.server);
    const options = { keepAlive: true, keepAliveMsecs: 30_000, timeout: 0 };
    this.#agent = this.#server.protocol === 'http:' ? new http.Agent(options) : new https.Agent(options);
  }

  /** Sends a request; settles when the head of the answer is there. The caller must consume the body. */
  async send(request: TransportRequest): Promise<http.IncomingMessage> {
    try {
      return await this.#sendOnce(request);
    } catch (error) {
      if (request.method === 'GET' && error instanceof StaleConnectionError) return this.#sendOnce(request);
      throw error instanceof StaleConnectionError ? error.original : error;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #sendOnce(request: TransportRequest): Promise<http.IncomingMessage> {
    const { signal, body } = request;
    const options: https.RequestOptions = { headers: {} };
    await this.#config.applyToHTTPSOptions(options);
    if (signal?.aborted === true) throw abortReason(signal);
    const proxied = this.#config.getCurrentCluster()?.proxyUrl !== undefined;
    const prefix = this.#server.pathname.replace(/\/$/, '');
    const full: https.RequestOptions = {
      ...options,
      ...(proxied ? {} : { agent: this.#agent }),
      protocol: this.#server.protocol,
      hostname: this.#server.hostname.replace(/^\[|\]$/g, ''),
      port: this.#server.port,
      path: prefix + request.path,
      method: request.method,
      headers: {
        ...(options.headers as http.OutgoingHttpHeaders),
        ...request.headers,
        ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
      },
    };
    return new Promise((resolve, reject) => {
      const send = this.#server.protocol === 'http:' ? http.request : https.request;
      const outgoing = send(full, (incoming) => {
        // Aborting after the head must end the body too.
        incoming.once('close', () => signal?.removeEventListener('abort', onAbort));
        incoming.on('error', () => undefined);
        resolve(incoming);
      });
      const onAbort = (): void => {
        if (signal !== undefined) outgoing.destroy(abortReason(signal));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        signal?.removeEventListener('abort', onAbort);
        if (signal?.aborted === true) reject(abortReason(signal));
        else if (outgoing.reusedSocket && staleConnection.has(error.code ?? ''))
          reject(new StaleConnectionError(error));
        else reject(error);
      });
      outgoing.end(body);
    });
  }
}

class StaleConnectionError extends Error {
  readonly original: Error;

  constructor(original: Error) {
    super(original.message);
    this.original = original;
  }
}

/** Reads a whole body as text. */
export async function readText(incoming: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
