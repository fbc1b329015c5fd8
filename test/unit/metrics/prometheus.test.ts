import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { DEFAULT_QUERIES, MetricsError, PrometheusSource } from '../../../src/metrics/index.ts';
import type { Observation, PrometheusOptions } from '../../../src/metrics/index.ts';
import type { Resource } from '../../../src/core/resources.ts';

const NOW = Date.UTC(2026, 2, 1);
const queries = {
  cpu: { query: 'cpu' },
  memory: { query: 'memory' },
  gpu: { query: 'gpu' },
  network: { query: 'network', nodeLabel: 'instance', multiplier: 8 },
} as const;

type Element = [labels: Record<string, string>, value: string, ageSeconds?: number];
type AnswerBody = { status: number; body: string } | 'silence';

const vector = (...elements: Element[]): AnswerBody => ({
  status: 200,
  body: JSON.stringify({
    status: 'success',
    data: {
      resultType: 'vector',
      result: elements.map(([metric, value, age = 0]) => ({ metric, value: [NOW / 1000 - age, value] })),
    },
  }),
});

/** A server that answers each query with what is given, and the source that asks it. */
async function observing<T>(
  answers: Partial<Record<Resource, AnswerBody>>,
  options: Partial<PrometheusOptions>,
  test: (source: PrometheusSource, seen: URLSearchParams[]) => Promise<T>,
): Promise<T> {
  const seen: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const form = new URLSearchParams(body);
      seen.push(form);
      const answer = answers[(form.get('query') ?? '') as Resource] ?? vector();
      if (answer !== 'silence') response.writeHead(answer.status).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return await test(new PrometheusSource({ url, queries, now: () => NOW, ...options }), seen);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const observe = (answers: Partial<Record<Resource, AnswerBody>>, options: Partial<PrometheusOptions> = {}) =>
  observing(answers, options, (source) => source.observe(new AbortController().signal));
const failure = async (observed: Promise<readonly Observation[]>): Promise<MetricsError> => {
  const error: unknown = await observed.catch((e: unknown) => e);
  if (error instanceof MetricsError) return error;
  throw new Error(`expected a MetricsError, got ${String(error)}`);
};

describe('PrometheusSource', () => {
  it('joins the resources of each node, in base units, by the label that names it', async () => {
    const observed = await observe({
      cpu: vector([{ node: 'b' }, '1.5'], [{ node: 'a' }, '3']),
      memory: vector([{ node: 'a' }, '1e9']),
      network: vector([{ instance: 'a:9100' }, '1000'], [{ instance: '[fd00::1]:9100' }, '1']),
    });
    expect(observed).to.deep.equal([
      { node: '[fd00::1]', time: NOW, load: { cpu: null, memory: null, gpu: null, network: 8 } },
      { node: 'a', time: NOW, load: { cpu: 3, memory: 1e9, gpu: null, network: 8000 } },
      { node: 'b', time: NOW, load: { cpu: 1.5, memory: null, gpu: null, network: null } },
    ]);
  });

  it('adds up elements of one node', async () => {
    const observed = await observe({
      gpu: vector([{ node: 'a', gpu: '0' }, '0.5'], [{ node: 'a', gpu: '1' }, '1']),
    });
    expect(observed.map(({ load }) => load.gpu)).to.deep.equal([1.5]);
  });

  it('drops NaN, infinities, stale samples and elements that name no node', async () => {
    const observed = await observe(
      {
        cpu: vector(
          [{ node: 'a' }, 'NaN'],
          [{ node: 'b' }, '+Inf'],
          [{ node: 'c' }, '1', 61],
          [{ node: 'd' }, '2', 59],
        ),
        memory: vector([{}, '1'], [{ node: 'd' }, '5']),
      },
      { stalenessMs: 60_000 },
    );
    expect(observed).to.deep.equal([
      { node: 'd', time: NOW, load: { cpu: 2, memory: 5, gpu: null, network: null } },
    ]);
  });

  it('goes on without a resource whose query fails, and says which, why, and what was asked', async () => {
    const warnings: string[] = [];
    const bad = JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'parse error at char 4' });
    const observed = await observe(
      { cpu: vector([{ node: 'a' }, '1']), gpu: { status: 400, body: bad } },
      { onWarning: (warning) => warnings.push(warning) },
    );
    expect(observed.map(({ load }) => load)).to.deep.equal([
      { cpu: 1, memory: null, gpu: null, network: null },
    ]);
    expect(warnings).to.have.lengthOf(1);
    expect(warnings[0]).to.match(
      /^Prometheus at http.*: the query for gpu failed: HTTP 400: bad_data: parse error at char 4\. Query: gpu$/,
    );
  });

  it("passes on Prometheus' own warnings", async () => {
    const warnings: string[] = [];
    const body = JSON.stringify({
      status: 'success',
      warnings: ['partial'],
      data: { resultType: 'vector', result: [] },
    });
    await observe({ cpu: { status: 200, body } }, { onWarning: (warning) => warnings.push(warning) });
    expect(warnings[0]).to.match(/query for cpu: partial$/);
  });

  it('throws when every query fails, with the HTTP status', async () => {
    const page: AnswerBody = { status: 502, body: '<html>Bad Gateway</html>' };
    const error = await failure(observe({ cpu: page, memory: page, gpu: page, network: page }));
    expect(error).to.include({ resource: 'cpu', status: 502 });
    expect(error.message).to.include('HTTP 502: this is no answer of Prometheus: <html>Bad Gateway</html>');
  });

  it('says so when nothing listens there', async () => {
    const source = new PrometheusSource({ url: 'http://127.0.0.1:1', now: () => NOW });
    const error = await failure(source.observe(new AbortController().signal));
    expect(error.message).to.match(
      /Prometheus at http:\/\/127\.0\.0\.1:1: the query for cpu failed: .*fetch failed|bad port/,
    );
  });

  it('gives up on a silent server after its timeout', async () => {
    const all = { cpu: 'silence', memory: 'silence', gpu: 'silence', network: 'silence' } as const;
    const error = await failure(observe(all, { timeoutMs: 50 }));
    expect(error.message).to.include('no answer within 50 ms');
  });

  it('stops at once when told to', async () => {
    const all = { cpu: 'silence', memory: 'silence', gpu: 'silence', network: 'silence' } as const;
    const stop = new AbortController();
    const observed = observing(all, {}, (source) => source.observe(stop.signal)).catch(
      (error: unknown) => error,
    );
    stop.abort(new Error('stopped'));
    expect(String(await observed)).to.equal('Error: stopped');
  });

  it('names the labels there are when none names the node', async () => {
    const warnings: string[] = [];
    await observe(
      { cpu: vector([{ instance: 'a:9100', job: 'n' }, '1']) },
      { onWarning: (warning) => warnings.push(warning) },
    );
    expect(warnings[0]).to.include('has a label node (they have: instance, job); set nodeLabel');
  });

  it('refuses an answer that is no instant vector', async () => {
    const body = JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [] } });
    const matrix: AnswerBody = { status: 200, body };
    const error = await failure(observe({ cpu: matrix, memory: matrix, gpu: matrix, network: matrix }));
    expect(error.message).to.include('gives a matrix where an instant vector is needed');
  });

  it('has a default query for every resource', () => {
    expect(Object.keys(DEFAULT_QUERIES)).to.deep.equal(['cpu', 'memory', 'gpu', 'network']);
  });
});
