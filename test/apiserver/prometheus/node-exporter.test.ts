/**
 * The default queries, and the whole way into the history, with a real Prometheus that scrapes a real node-exporter:
 * what is observed is held against what the kernel itself counted in the same time.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { NodeForecast } from '../../../src/api/types.generated.ts';
import { HistoryStore } from '../../../src/history/index.ts';
import { PrometheusSource, defaultQueries } from '../../../src/metrics/index.ts';
import { findNodeExporter, startNodeExporter } from '../../../tools/history/node-exporter.ts';
import type { NodeExporter } from '../../../tools/history/node-exporter.ts';
import { findPrometheus, startPrometheus } from '../../../tools/history/prometheus.ts';
import type { PrometheusServer } from '../../../tools/history/prometheus.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster } from '../../support/cluster.ts';
import { installOperator, startOperator } from '../../support/operator.ts';
import { loopbackBytes, makeLoad, sendOverLoopback, usedMemory, workedSeconds } from './machine-load.ts';

const WINDOW_SECONDS = 10;
const NODE = hostname();
const LOOPBACK_BYTES = 500_000;

/** The default query, of the one device on which a test may make traffic. */
const network = {
  ...defaultQueries(WINDOW_SECONDS).network,
  query: defaultQueries(WINDOW_SECONDS).network.query.replaceAll(/device!~"[^"]*"/g, 'device="lo"'),
};

describe('Observed load of this machine', function () {
  this.timeout(300_000); // the first run may have to fetch the packages

  let exporter: NodeExporter | undefined;
  let server: PrometheusServer | undefined;

  before(async function () {
    const [prometheus, nodeExporter] = await Promise.all([findPrometheus(), findNodeExporter()]);
    if (prometheus.binary === undefined || nodeExporter.binary === undefined) {
      const reasons = [prometheus, nodeExporter].flatMap((f) => ('reason' in f ? [f.reason] : []));
      console.log(`      left out: ${reasons.join('; ')}`);
      this.skip();
    }
    exporter = await startNodeExporter(nodeExporter.binary);
    server = await startPrometheus({
      binary: prometheus.binary,
      targets: [exporter.target],
      scrapeIntervalSeconds: 2,
    });
  });

  after(async () => {
    await server?.stop();
    await exporter?.stop();
  });

  const observe = async () => {
    const source = new PrometheusSource({
      url: server?.url ?? '',
      rateWindowSeconds: WINDOW_SECONDS,
      queries: { network },
      now: () => Date.now(),
    });
    const { nodes } = await source.observe(AbortSignal.timeout(10_000));
    return nodes.find(({ node }) => node === NODE)?.load;
  };

  it('has no rates before its counters were there for the whole window: a new target does not look idle', async () => {
    const load = await eventually('memory is observed', observe, (l) => l?.memory !== undefined, 20);
    expect([load?.cpu, load?.network]).to.deep.equal([null, null]);
    expect(load?.memory).to.be.greaterThan(0);
  });

  it('is what the kernel counts: cores, bytes, and bits per second', async () => {
    await eventually('rates are observed', observe, (l) => typeof l?.cpu === 'number', 30);
    const stop = new AbortController();
    const load = await makeLoad(300);
    const sending = sendOverLoopback(LOOPBACK_BYTES, stop.signal);
    try {
      await sleep(1500);
      const [worked, bytes, startedAt] = [await workedSeconds(), await loopbackBytes(), performance.now()];
      await sleep(WINDOW_SECONDS * 1000);
      const seconds = (performance.now() - startedAt) / 1000;
      const cores = ((await workedSeconds()) - worked) / seconds;
      const bits = (((await loopbackBytes()) - bytes) / seconds) * 8;
      // A scrape that a busy machine did not answer in time leaves a look without a rate.
      const observed = await eventually(
        'a rate',
        observe,
        (l) => typeof l?.cpu === 'number' && typeof l.network === 'number',
      );
      expect(cores).to.be.greaterThan(0.7);
      expect(observed?.cpu).to.be.closeTo(cores, 0.35);
      expect(observed?.memory).to.be.closeTo(await usedMemory(), 200 * 2 ** 20);
      expect(bits).to.be.greaterThan(LOOPBACK_BYTES * 8);
      expect(observed?.network).to.be.closeTo(bits, 0.35 * bits);
      expect(observed?.gpu).to.equal(null);
    } finally {
      stop.abort();
      await sending;
      await load.stop();
    }
  });

  it('appears in NodeForecast and in the history, in their units', async function () {
    this.timeout(clusterStartTimeoutMs + 120_000);
    const cluster = await sharedCluster();
    const folder = await mkdtemp(join(tmpdir(), 'foreshard-observed-'));
    const memory = 256 * 2 ** 30;
    await cluster.addNodes([{ name: NODE, cpu: 64, memory: '256Gi' }]);
    await installOperator(cluster);
    const operator = await startOperator(cluster, {
      history: { directory: folder, flushSeconds: 1 },
      forecast: { periodSeconds: 2 },
      observe: {
        intervalSeconds: 1,
        prometheus: { url: server?.url ?? '', rateWindowSeconds: WINDOW_SECONDS, queries: { network } },
      },
    });
    const load = await makeLoad(300);
    try {
      await sleep(WINDOW_SECONDS * 1000);
      const forecast = await eventually(
        'the load made here is observed',
        async () => {
          const all = JSON.parse(await cluster.kubectl(['get', 'nodeforecasts', '-o', 'json'])) as {
            items: NodeForecast[];
          };
          return all.items.find(({ metadata }) => metadata.name === NODE);
        },
        (seen) => {
          const cpu = seen?.status?.resources?.find(({ name }) => name === 'cpu')?.observed?.available;
          return cpu !== undefined && cpu < 63_300;
        },
        60,
      );
      const available = (name: string) =>
        forecast?.status?.resources?.find((r) => r.name === name)?.observed?.available ?? NaN;
      // Millicores of 64 cores, MiB of 256 GiB.
      expect(available('cpu')).to.be.within(64_000 - 1000 * 33, 63_300);
      expect(available('memory')).to.be.closeTo((memory - (await usedMemory())) / 2 ** 20, 400);

      const history = await HistoryStore.open(folder, { now: () => Date.now(), readOnly: true });
      const written = (await history.read()).get(NODE);
      const [cpu, used] = [written?.load.cpu.at(-1), written?.load.memory.at(-1)];
      expect(cpu).to.be.within(0.7, 33);
      expect(used).to.be.closeTo(await usedMemory(), 400 * 2 ** 20);
      expect((await history.stat()).damaged).to.deep.equal([]);
    } finally {
      await load.stop();
      await operator.stop();
      await cluster.deleteNode(NODE);
      await rm(folder, { recursive: true, force: true });
    }
  });
});
