import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { HistoryStore } from '../../../src/history/index.ts';
import { FRACTION_COLUMNS } from '../../../src/history/columns.ts';
import { encodeParquet } from '../../../src/history/encode.ts';
import { writeWhole } from '../../../src/history/files.ts';
import { RESOURCES } from '../../../src/core/resources.ts';
import { createLoad } from '../../../tools/history/generator.ts';
import { Replayer } from '../../../tools/history/replayer.ts';
import { prepareTraces } from '../../../tools/history/traces.ts';
import { writeHistory } from '../../../tools/history/write-history.ts';
import { CAPACITY, DAY, START } from './samples.ts';
import { inFolder } from './temporary-folder.ts';

const capacity = { cpu: 16, memory: 64e9, gpu: 4, network: 1e10 };
const load = createLoad({ seed: 1, node: 'n1', capacity });
const times = fc.integer({ min: START - 1000 * DAY, max: START + 1000 * DAY });

describe('A generated load', () => {
  it('is the same for the same seed, node and time, and within capacity, at any time', () => {
    fc.assert(
      fc.property(times, (time) => {
        const again = createLoad({ seed: 1, node: 'n1', capacity })(time);
        expect(load(time)).to.deep.equal(again);
        for (const r of RESOURCES) expect(again[r]).to.be.within(0, capacity[r]);
        expect(Number.isInteger(again.gpu)).to.equal(true);
      }),
    );
  });

  it('is another for another seed and for another node', () => {
    const other = createLoad({ seed: 2, node: 'n1', capacity });
    const neighbour = createLoad({ seed: 1, node: 'n2', capacity });
    expect(load(START).cpu).to.not.equal(other(START).cpu);
    expect(load(START).cpu).to.not.equal(neighbour(START).cpu);
  });

  it('repeats its day more than it varies', () => {
    const correlation = (lag: number): number => {
      const pairs = Array.from({ length: 2000 }, (_, i) => {
        const time = START + i * 600_000;
        return [load(time).cpu, load(time + lag).cpu] as const;
      });
      const mean = (of: (pair: readonly [number, number]) => number) =>
        pairs.reduce((s, p) => s + of(p), 0) / pairs.length;
      const [ma, mb] = [mean(([a]) => a), mean(([, b]) => b)];
      const covariance = mean(([a, b]) => (a - ma) * (b - mb));
      return covariance / Math.sqrt(mean(([a]) => (a - ma) ** 2) * mean(([, b]) => (b - mb) ** 2));
    };
    expect(correlation(DAY)).to.be.greaterThan(0.4);
    expect(correlation(DAY / 2)).to.be.lessThan(0.2);
    expect(correlation(300_000)).to.be.greaterThan(0.8);
  });

  it('becomes a history that ends where the replay begins', () =>
    inFolder(async (root) => {
      const store = await HistoryStore.open(root, { now: () => START });
      const end = START + 7 * 60_000;
      const rows = await writeHistory(store, {
        nodes: [{ name: 'n1', capacity, load }],
        days: 2,
        endTime: end,
      });
      const history = (await store.read()).get('n1');
      expect(rows).to.equal(576);
      expect(history?.time).to.have.lengthOf(576);
      expect(history?.time.at(-1)).to.equal(START + 300_000);
      expect(history?.load.cpu.at(-1)).to.equal(load(START + 300_000).cpu);
    }));
});

describe('Recorded traces', () => {
  const fractions = (values: readonly number[], network = 0.5) =>
    encodeParquet(
      FRACTION_COLUMNS,
      values.map((cpu, i) => ({ time: START + i * 300_000, cpu, memory: null, gpu: null, network })),
    );

  it('are given to nodes in order of name, and split into history and future at now', () =>
    inFolder(async (root) => {
      const traces = join(root, 'traces');
      await writeWhole(traces, 'y.parquet', await fractions(Array<number>(20).fill(0.5), 200));
      await writeWhole(traces, 'x.parquet', await fractions(Array.from({ length: 20 }, (_, i) => i / 20)));
      const now = START + 1000 * DAY;
      const nodes = ['n2', 'n1', 'n3'].map((name) => ({ name, capacity: CAPACITY }));

      const { replays, files, problems } = await prepareTraces({ traces, nodes, history: root, now });

      expect([...files]).to.deep.equal([
        ['n1', 'x.parquet'],
        ['n2', 'y.parquet'],
        ['n3', 'x.parquet'],
      ]);
      const histories = await (
        await HistoryStore.open(root, { now: () => now, capacityOf: () => CAPACITY })
      ).read();
      const history = histories.get('n1');
      expect(history?.time).to.have.lengthOf(18);
      expect(history?.time.at(-1)).to.equal(now - 300_000);
      expect(history?.load.cpu.at(-1)).to.be.closeTo((17 / 20) * CAPACITY.cpu, 1e-9);
      const replay = replays.get('n1');
      expect(replay?.(now)).to.deep.equal({ cpu: (18 / 20) * 8, memory: null, gpu: null, network: 5e8 });
      expect(replay?.(now + 300_000 - 1).cpu).to.equal((18 / 20) * 8);
      expect(replay?.(now + 300_000).cpu).to.equal((19 / 20) * 8);
      expect(replay?.(now + DAY).cpu).to.equal((19 / 20) * 8);
      expect(problems.map(({ file, action }) => [file, action])).to.deep.equal([
        ['y.parquet', 'ColumnSkipped'],
      ]);
      expect(replays.get('n2')?.(now)).to.include({ cpu: 4, network: null });
    }));

  it('of which none is usable are refused', () =>
    inFolder(async (root) => {
      await writeWhole(root, 'x.parquet', Buffer.from('x'));
      const error: unknown = await prepareTraces({ traces: root, nodes: [], history: root, now: 0 }).catch(
        (e: unknown) => e,
      );
      expect(String(error)).to.include('holds no Parquet file');
    }));
});

describe('The replayer', () => {
  const start = () => Replayer.start({ loads: new Map([['n1', load]]), now: () => START });
  const metric = async (replayer: Replayer, resource: string): Promise<number> => {
    const text = await (await fetch(`${replayer.url}/metrics`)).text();
    return Number(
      new RegExp(`^foreshard_node_load\\{node="n1",resource="${resource}"\\} (.*)$`, 'm').exec(text)?.[1],
    );
  };
  const override = (replayer: Replayer, body: object) =>
    fetch(`${replayer.url}/override`, { method: 'POST', body: JSON.stringify(body) });

  it('shows loads at the present time, and overrides until they are taken back', async () => {
    const replayer = await start();
    try {
      expect(await metric(replayer, 'cpu')).to.equal(load(START).cpu);
      await override(replayer, { node: 'n1', resource: 'cpu', value: 15.5 });
      expect(await metric(replayer, 'cpu')).to.equal(15.5);
      expect(await metric(replayer, 'memory')).to.equal(load(START).memory);
      await override(replayer, { node: 'n1', resource: 'cpu', value: null });
      expect(await metric(replayer, 'cpu')).to.equal(load(START).cpu);
      replayer.setOverride('n1', 'gpu', 4);
      await fetch(`${replayer.url}/override`, { method: 'DELETE' });
      expect(await metric(replayer, 'gpu')).to.equal(load(START).gpu);
    } finally {
      await replayer.stop();
    }
  });

  it('refuses overrides that make no sense, and says why', async () => {
    const replayer = await start();
    try {
      const answers: [object, string][] = [
        [{ node: 'n9', resource: 'cpu', value: 1 }, 'no load of a node n9'],
        [{ node: 'n1', resource: 'disk', value: 1 }, 'node and resource must be given'],
        [{ node: 'n1', resource: 'cpu', value: 'much' }, 'value must be a number'],
      ];
      for (const [body, message] of answers) {
        const response = await override(replayer, body);
        expect(response.status).to.equal(400);
        expect(await response.text()).to.include(message);
      }
    } finally {
      await replayer.stop();
    }
  });
});
