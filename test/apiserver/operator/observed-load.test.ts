/**
 * Load that is observed through Prometheus: into forecasts, into the history, and, where it leaves its forecast, into a
 * new plan. Prometheus scrapes the replayer; where no Prometheus can be had the replayer answers the queries itself.
 *
 * The load is generated up to the start of the test, and then stays as it is: so there is one value to expect. It is
 * always that of the same hours, whenever the test runs.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ANNOTATION_NETWORK_BANDWIDTH } from '../../../src/api/constants.ts';
import type { NodeForecast } from '../../../src/api/types.generated.ts';
import { RESOURCES } from '../../../src/core/resources.ts';
import { HistoryStore, type NodeHistory } from '../../../src/history/index.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { createLoad, type LoadFunction } from '../../../tools/history/generator.ts';
import { findPrometheus, startPrometheus, type PrometheusServer } from '../../../tools/history/prometheus.ts';
import { REPLAYER_QUERIES, Replayer } from '../../../tools/history/replayer.ts';
import { writeHistory } from '../../../tools/history/write-history.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster } from '../../support/cluster.ts';
import { installOperator, startOperator, type OperatorProcess } from '../../support/operator.ts';
import { nodePair, task, withFlow } from './flow.ts';

const { fast, slow } = nodePair('observed', {
  cpu: 16,
  memory: '64Gi',
  gpus: 2,
  annotations: { [ANNOTATION_NETWORK_BANDWIDTH]: '10G' },
});
const CAPACITY = { cpu: 16, memory: 64 * 2 ** 30, gpu: 2, network: 10e9 };
/** Base units in one unit of a NodeForecast: millicores, MiB, millidevices, kbit/s. */
const UNIT = { cpu: 1e-3, memory: 2 ** 20, gpu: 1e-3, network: 1e3 };
/** What is generated as the load of the start of the test: a quiet hour. */
const GENERATED_START = Date.UTC(2026, 2, 4, 3);
const HISTORY_STEP_SECONDS = 30;
/** Cores: next to nothing is left of the node. */
const OVERLOAD = 15.5;

describe('an operator that observes load through Prometheus', function () {
  this.timeout(240_000);
  /** When the history ends and the load comes to rest. */
  let start = 0;
  const loads = new Map([fast, slow].map(({ name }) => [name, loadOf(name)]));
  let cluster: Cluster;
  let directory: string;
  let replayer: Replayer | undefined;
  let prometheus: PrometheusServer | undefined;
  let url: string;
  let operator: OperatorProcess | undefined;

  function loadOf(node: string): LoadFunction {
    const generated = createLoad({ seed: 1, node, capacity: CAPACITY });
    return (time) => generated(Math.min(time, start) - start + GENERATED_START);
  }

  before(async function () {
    this.timeout(2 * clusterStartTimeoutMs); // the first run may have to fetch Prometheus as well
    cluster = await sharedCluster();
    await cluster.addNodes([fast, slow]);
    await installOperator(cluster);
    directory = await mkdtemp(path.join(tmpdir(), 'foreshard-observed-'));
    const store = await HistoryStore.open(directory, { now: () => Date.now() });
    start = Date.now();
    const nodes = [...loads].map(([name, load]) => ({ name, capacity: CAPACITY, load }));
    await writeHistory(store, { nodes, days: 1, endTime: start, stepSeconds: HISTORY_STEP_SECONDS });
    replayer = await Replayer.start({ loads, now: () => Date.now() });
    const found = await findPrometheus();
    if (found.binary === undefined) {
      console.log(`      the replayer answers the queries itself: ${found.reason}`);
      url = replayer.url;
    } else {
      const targets = [`127.0.0.1:${String(replayer.port)}`];
      prometheus = await startPrometheus({ binary: found.binary, targets, scrapeIntervalSeconds: 1 });
      url = prometheus.url;
    }
  });

  afterEach(async function () {
    if (this.currentTest?.isFailed() === true) console.log(operator?.log());
    replayer?.clearOverrides();
    await operator?.stop();
    operator = undefined;
  });

  after(async () => {
    await prometheus?.stop();
    await replayer?.stop();
    await rm(directory, { recursive: true, force: true });
    await cluster.kubectl(['delete', 'nodes', '-l', 'pool=observed']);
  });

  /** @param forecast its section of the configuration */
  async function observing(forecast: object, driftSampleSeconds: number): Promise<OperatorProcess> {
    return await startOperator(cluster, {
      history: { directory, flushSeconds: 2 },
      forecast,
      observe: {
        intervalSeconds: 1,
        driftSampleSeconds,
        load: 'Background',
        prometheus: { url, queries: REPLAYER_QUERIES },
      },
    });
  }

  async function forecastOf(node: string): Promise<NodeForecast | undefined> {
    const list = JSON.parse(await cluster.kubectl(['get', 'nodeforecasts', '-o', 'json'])) as {
      items: NodeForecast[];
    };
    return list.items.find((f) => f.metadata.name === node);
  }

  const conditionOf = (forecast: NodeForecast | undefined, type: string) =>
    forecast?.status?.conditions?.find((c) => c.type === type);

  it('publishes what it observes, forecasts from the history, and adds to it', async () => {
    operator = await observing({ periodSeconds: 2 }, 60);
    for (const [node, load] of loads) {
      const forecast = await eventually(
        `NodeForecast ${node} with observations of now`,
        () => forecastOf(node),
        (f) => RESOURCES.every((name) => observedAt(f, name) > start),
        60,
      );
      expect(conditionOf(forecast, 'Ready')).to.deep.include({ status: 'True', reason: 'Forecast' });
      expect(conditionOf(forecast, 'Fresh')).to.deep.include({ status: 'True' });
      expect(conditionOf(forecast, 'Drifted')).to.deep.include({ status: 'False' });
      for (const { name, model, capacity, observed } of forecast?.status?.resources ?? []) {
        expect(model, `model of ${name}`).to.equal('Ensemble');
        expect(capacity, `capacity in ${name}`).to.equal(CAPACITY[name] / UNIT[name]);
        const free = (CAPACITY[name] - load(start)[name]) / UNIT[name];
        expect(observed?.available, `free ${name}`).to.be.closeTo(free, 1);
      }
    }

    const store = await HistoryStore.open(directory, { now: () => Date.now(), readOnly: true });
    const rows = await eventually(
      'rows of both nodes in the history',
      () => store.read({ from: start }),
      (histories) => [...loads.keys()].every((node) => histories.has(node)),
      60,
    );
    for (const [node, load] of loads) {
      const history = rows.get(node);
      expect(history?.time[0]).to.be.within(start, Date.now());
      for (const name of RESOURCES) expect(first(history, name)).to.equal(load(start)[name]);
    }
  });

  it('moves what is planned on a node whose load leaves its forecast, unless told not to', async () => {
    // Issued at the start and when drift begins, and no forecast in between that could follow the load.
    operator = await observing(
      { periodSeconds: 3600, validSeconds: 7200, seriesStepSeconds: HISTORY_STEP_SECONDS },
      2,
    );
    await eventually(
      'forecasts that this operator has made',
      () => Promise.all([...loads.keys()].map(forecastOf)),
      (forecasts) => forecasts.every((f) => validFor(f) === 7200),
      60,
    );
    // Both second tasks fit on the fast node at once.
    const tasks = (cpu: string) => [
      task('first', 'observed', '500m', fast.name),
      task('second', 'observed', cpu),
    ];
    await withFlow(cluster, { tasks: tasks('7') }, async (moving) => {
      await withFlow(cluster, { tasks: tasks('2'), resharding: { onDrift: 'Ignore' } }, async (staying) => {
        for (const flow of [moving, staying]) {
          expect(await flow.planned()).to.deep.equal({ first: fast.name, second: fast.name });
        }
        replayer?.setOverride(fast.name, 'cpu', OVERLOAD);
        const drifted = await eventually(
          `NodeForecast ${fast.name} to have drifted`,
          () => forecastOf(fast.name),
          (f) => conditionOf(f, 'Drifted')?.status === 'True',
          90,
        );
        const cpu = drifted?.status?.resources?.find((r) => r.name === 'cpu');
        expect(conditionOf(drifted, 'Drifted')?.message).to.match(/^cpu load has been above/);
        expect(cpu?.driftPermille).to.be.at.least(1000);
        expect(cpu?.observed?.available).to.equal((CAPACITY.cpu - OVERLOAD) / UNIT.cpu);
        expect(conditionOf(await forecastOf(slow.name), 'Drifted')?.status).to.equal('False');

        const [reshard, ...others] = await moving.reshards();
        expect(others).to.deep.equal([]);
        expect(reshard).to.deep.include({
          cause: 'LoadDrift',
          node: fast.name,
          moved: [`second ${fast.name} → ${slow.name}`],
        });
        expect(reshard?.message).to.match(
          new RegExp(`^the load of node ${fast.name} has left its forecast: cpu `),
        );
        const move = (await moving.plan()).status?.reshards?.[0]?.moved?.[0];
        expect(move?.fromContentionPermille).to.be.above(200);
        expect(move?.toContentionPermille).to.be.below(200);

        await moving.endFirst();
        await staying.endFirst();
        const jobs = ['first', 'second'];
        const moved = { first: fast.name, second: slow.name };
        expect(await moving.outcome()).to.deep.equal({ ranOn: moved, jobs, reshards: 1 });
        const stayed = { first: fast.name, second: fast.name };
        expect(await staying.outcome()).to.deep.equal({ ranOn: stayed, jobs, reshards: 0 });
      });
    });

    replayer?.clearOverrides();
    await eventually(
      `NodeForecast ${fast.name} to have drifted no more`,
      () => forecastOf(fast.name),
      (f) => conditionOf(f, 'Drifted')?.status === 'False',
      60,
    );
  });
});

function observedAt(forecast: NodeForecast | undefined, resource: string): number {
  const observed = forecast?.status?.resources?.find((r) => r.name === resource)?.observed;
  return Date.parse(observed?.time ?? '1970-01-01T00:00:00Z');
}

/** Seconds. */
function validFor(forecast: NodeForecast | undefined): number {
  const { issuedTime = '', validUntilTime = '' } = forecast?.status ?? {};
  return (Date.parse(validUntilTime) - Date.parse(issuedTime)) / 1000;
}

function first(history: NodeHistory | undefined, resource: (typeof RESOURCES)[number]): number | undefined {
  return history?.load[resource][0];
}
