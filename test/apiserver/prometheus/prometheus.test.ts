import { access } from 'node:fs/promises';
import { expect } from 'chai';
import { PrometheusSource } from '../../../src/metrics/index.ts';
import type { Observation } from '../../../src/metrics/index.ts';
import { createLoad } from '../../../tools/history/generator.ts';
import { findPrometheus, startPrometheus } from '../../../tools/history/prometheus.ts';
import type { PrometheusServer } from '../../../tools/history/prometheus.ts';
import { REPLAYER_QUERIES, Replayer } from '../../../tools/history/replayer.ts';
import { eventually } from '../../support/eventually.ts';

const capacity = { cpu: 16, memory: 64 * 2 ** 30, gpu: 4, network: 10e9 };
const nodes = ['n1', 'n2'];
const WITHIN_MS = 20_000;
/** Of the clock of the replayer, held still: what is scraped at any moment is what is expected. */
const TIME = Date.UTC(2026, 2, 1, 12);

describe('Observed load through Prometheus', function () {
  this.timeout(240_000); // the first run may have to fetch the package

  let replayer: Replayer;
  let server: PrometheusServer | undefined;
  const loads = new Map(nodes.map((node) => [node, createLoad({ seed: 5, node, capacity })]));

  before(async () => {
    replayer = await Replayer.start({ loads, now: () => TIME });
    const found = await findPrometheus();
    if (found.binary === undefined) {
      console.log(`      the replayer answers the queries itself: ${found.reason}`);
      return;
    }
    console.log(`      asking ${found.binary}`);
    const targets = [`127.0.0.1:${replayer.port}`];
    server = await startPrometheus({ binary: found.binary, targets, scrapeIntervalSeconds: 1 });
  });

  after(async () => {
    await server?.stop();
    await replayer.stop();
  });

  // Without a Prometheus the replayer answers at its own clock.
  const source = (queries = REPLAYER_QUERIES) =>
    new PrometheusSource({
      url: server?.url ?? replayer.url,
      queries,
      now: () => (server === undefined ? TIME : Date.now()),
    });
  const observe = async () => (await source().observe(AbortSignal.timeout(10_000))).nodes;
  const loadOf = (observed: readonly Observation[], node: string) =>
    observed.find((o) => o.node === node)?.load;

  it('has the numbers and units of every node and resource', async () => {
    // The first scrape comes at a random moment of the first interval.
    await eventually(async () => {
      const observed = await observe();
      expect(observed.map(({ node }) => node)).to.deep.equal(nodes);
      for (const [node, load] of loads) expect(loadOf(observed, node)).to.deep.equal(load(TIME));
    }, WITHIN_MS);
  });

  it('follows an override and its end', async () => {
    replayer.setOverride('n2', 'cpu', 15.25);
    await eventually(async () => expect(loadOf(await observe(), 'n2')?.cpu).to.equal(15.25), WITHIN_MS);
    expect(loadOf(await observe(), 'n1')?.cpu).to.equal(loads.get('n1')?.(TIME).cpu);
    replayer.clearOverrides();
    const before = loads.get('n2')?.(TIME).cpu;
    await eventually(async () => expect(loadOf(await observe(), 'n2')?.cpu).to.equal(before), WITHIN_MS);
  });

  it('says what Prometheus has against a query', async () => {
    const nonsense = { query: 'sum by (' };
    const all = { cpu: nonsense, memory: nonsense, gpu: nonsense, network: nonsense };
    const error: unknown = await source(all)
      .observe(AbortSignal.timeout(10_000))
      .catch((e: unknown) => e);
    expect(String(error)).to.match(/the query for cpu failed: HTTP 400: bad_data: .*Query: sum by \($/);
  });

  it('leaves nothing behind when it stops', async () => {
    if (server === undefined) return;
    const { pid, url } = server;
    await server.stop();
    expect(() => process.kill(pid ?? 0, 0)).to.throw('ESRCH');
    expect(await fetch(url).catch((error: unknown) => String(error))).to.include('fetch failed');
    const found = await findPrometheus();
    await access(found.binary ?? '');
    server = undefined;
  });
});
