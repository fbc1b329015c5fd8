import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { defaultQueries, MetricsError, PrometheusSource } from '../../../src/metrics/index.ts';
import type { PrometheusOptions } from '../../../src/metrics/index.ts';
import type { Resource } from '../../../src/core/resources.ts';

const NOW = Date.UTC(2026, 2, 1);
const queries = {
  cpu: { query: 'cpu' },
  memory: { query: 'memory' },
  gpu: { query: 'gpu' },
  network: { query: 'network', nodeLabel: 'instance', multiplier: 8 },
} as const;

type Element = [labels: Record<string, string>, value: string, ageSeconds?: number];
type AnswerBody = { status: number; body: string; date?: number } | 'silence';

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
  answers: Readonly<Record<string, AnswerBody>>,
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
      const answer = answers[form.get('query') ?? ''] ?? vector();
      if (answer === 'silence') return;
      response.setHeader('date', new Date(answer.date ?? NOW).toUTCString());
      response.writeHead(answer.status).end(answer.body);
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
  observing(answers, options, async (source) => (await source.observe(new AbortController().signal)).nodes);
const failure = async (observed: Promise<unknown>): Promise<MetricsError> => {
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

  describe('times', () => {
    const timed = async (date: number, ageSeconds: number, stalenessMs = 300_000) => {
      const warnings: string[] = [];
      const element = { metric: { node: 'a' }, value: [date / 1000 - ageSeconds, '1'] };
      const body = JSON.stringify({
        status: 'success',
        data: { resultType: 'vector', result: [element] },
      });
      const cpu = { status: 200, body, date };
      const onWarning = (warning: string) => warnings.push(warning);
      const observed = await observe({ cpu }, { onWarning, stalenessMs });
      return { times: observed.map(({ time }) => time - NOW), warnings };
    };

    it('are those of this clock, whatever clock Prometheus has; a clock that is off is told of', async () => {
      expect(await timed(NOW, 0)).to.deep.equal({ times: [0], warnings: [] });
      const ahead = await timed(NOW + 7_200_000, 0);
      expect(ahead.times).to.deep.equal([0]);
      expect(ahead.warnings).to.have.lengthOf(1);
      expect(ahead.warnings[0]).to.match(/its clock is 7200 s ahead of this one; .*NTP/);
      const behind = await timed(NOW - 600_000, 0);
      expect(behind.times).to.deep.equal([0]);
      expect(behind.warnings[0]).to.include('600 s behind this one');
    });

    it('of an answer that was kept by a proxy are those at which it was made', async () => {
      expect((await timed(NOW, 90)).times).to.deep.equal([-90_000]);
      expect((await timed(NOW + 7_200_000, 90)).times).to.deep.equal([-90_000]);
      expect((await timed(NOW, 301)).times).to.deep.equal([]);
    });
  });

  describe("usage of Foreshard's own pods", () => {
    const POD_QUERIES = {
      cpu: { query: 'cpu by pod of $pods' },
      memory: { query: 'memory by pod', namespaceLabel: 'ns', podLabel: 'p', multiplier: 2 },
      network: { query: 'network by pod of $pods' },
    };
    const pods = ['fit-1.x', 'fit-2'].map((name) => ({ namespace: 'lab', name, node: 'a' }));
    const usageWith = (answers: Readonly<Record<string, AnswerBody>>, warnings: string[] = []) =>
      observing(
        { cpu: vector([{ node: 'a' }, '4']), ...answers },
        { podQueries: POD_QUERIES, onWarning: (warning) => warnings.push(warning) },
        async (source, seen) => {
          const report = await source.observe(new AbortController().signal, pods);
          return { usage: report.pods, seen: seen.map((form) => form.get('query') ?? '') };
        },
      );

    it('is asked for by name, and read by namespace and name', async () => {
      const { usage, seen } = await usageWith({
        [String.raw`cpu by pod of fit-1\\.x|fit-2`]: vector(
          [{ namespace: 'lab', pod: 'fit-1.x' }, '1.5'],
          [{ namespace: 'other', pod: 'fit-2' }, '9'],
        ),
        'memory by pod': vector([{ ns: 'lab', p: 'fit-2' }, '100'], [{ ns: 'lab', p: 'unknown' }, '7']),
      });
      expect(seen).to.include(String.raw`network by pod of fit-1\\.x|fit-2`);
      expect(usage).to.have.deep.members([
        { namespace: 'lab', name: 'fit-1.x', usage: { cpu: 1.5, memory: null, gpu: null, network: null } },
        { namespace: 'lab', name: 'fit-2', usage: { cpu: null, memory: 200, gpu: null, network: null } },
      ]);
    });

    it('is not asked for where there are none', () =>
      observing({}, { podQueries: POD_QUERIES }, async (source, seen) => {
        await source.observe(new AbortController().signal);
        expect(seen).to.have.lengthOf(4);
      }));

    it('that cannot be asked for is told, and the rest goes on', async () => {
      const warnings: string[] = [];
      const { usage } = await usageWith(
        {
          'memory by pod': { status: 503, body: 'busy' },
          [String.raw`cpu by pod of fit-1\\.x|fit-2`]: vector([{ namespace: 'lab', pod: 'fit-2' }, '2']),
        },
        warnings,
      );
      expect(usage.map(({ usage: { cpu } }) => cpu)).to.deep.equal([2]);
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0]).to.match(/query for memory failed: HTTP 503.*; pods count with their requests$/);
    });
  });

  it('has a default query for every resource', () => {
    expect(Object.keys(defaultQueries())).to.deep.equal(['cpu', 'memory', 'gpu', 'network']);
  });
});
