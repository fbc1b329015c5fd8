import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { HistoryStore, taskRunAt } from '../../../src/history/index.ts';
import type { NodeHistory, TaskRun, TaskRunColumns } from '../../../src/history/index.ts';
import { SAMPLE_COLUMNS, sampleRow } from '../../../src/history/columns.ts';
import { decodeParquet } from '../../../src/history/decode.ts';
import { encodeParquet } from '../../../src/history/encode.ts';
import { SeriesBuilder } from '../../../src/history/series-builder.ts';
import { CAPACITY, DAY, START, sample } from './samples.ts';
import { inFolder } from './temporary-folder.ts';

const at = (now: number) => ({ now: () => now });
const openAt = (root: string, now = START) => HistoryStore.open(root, at(now));
const partsOf = async (root: string, day: string) =>
  (await readdir(join(root, 'samples', `day=${day}`))).filter((name) => name.endsWith('.parquet'));

function cpuOf(histories: ReadonlyMap<string, NodeHistory>, node: string): [number, number][] {
  const history = histories.get(node);
  if (history === undefined) return [];
  return [...history.time].map((time, i) => [time, history.load.cpu[i] ?? NaN]);
}

const RUN: TaskRun = {
  workflow: 'lab/train',
  task: 'fit-1',
  type: 'fit',
  node: 'a',
  start: START - 1000,
  end: START + 1000,
  requested: CAPACITY,
  used: { cpu: 3.5, memory: 10, gpu: null, network: null },
  outcome: 'Succeeded',
};

describe('HistoryStore', () => {
  it('reads back what was appended, by node and in order of time', () =>
    inFolder(async (root) => {
      const store = await openAt(root);
      await store.append([sample('b', START + 2000, 2), sample('a', START, 1)]);
      await store.append([sample('b', START + 1000, 4)]);

      const histories = await store.read();

      expect([...histories.keys()]).to.deep.equal(['a', 'b']);
      expect(cpuOf(histories, 'b')).to.deep.equal([
        [START + 1000, 4],
        [START + 2000, 2],
      ]);
      expect([...(histories.get('b')?.load.network ?? [])]).to.deep.equal([4e6, 2e6]);
      expect([...(histories.get('b')?.load.gpu ?? [])]).to.deep.equal([NaN, NaN]);
    }));

  it('keeps what was not measured apart from zero', () =>
    inFolder(async (root) => {
      const store = await openAt(root);
      await store.append([
        sample('a', START, null),
        sample('a', START + 1000, 0),
        sample('a', START + 2000, NaN),
      ]);
      expect(cpuOf(await store.read(), 'a').map(([, cpu]) => cpu)).to.deep.equal([NaN, 0, NaN]);
    }));

  it('reads only the nodes and times asked for: from inclusive, to exclusive', () =>
    inFolder(async (root) => {
      const store = await openAt(root);
      const times = [START - 1, START, START + DAY - 1, START + DAY];
      await store.append(times.flatMap((time, i) => [sample('a', time, i), sample('b', time, i)]));

      const histories = await store.read({ from: START, to: START + DAY, nodes: ['a'] });

      expect([...histories.keys()]).to.deep.equal(['a']);
      expect(cpuOf(histories, 'a').map(([, cpu]) => cpu)).to.deep.equal([1, 2]);
    }));

  it('files rows under their day in UTC', () =>
    inFolder(async (root) => {
      const store = await openAt(root);
      await store.append([sample('a', START - 1, 1), sample('a', START, 2)]);
      expect(await readdir(join(root, 'samples'))).to.deep.equal(['day=2026-02-28', 'day=2026-03-01']);
    }));

  it('does appends that overlap one after another and loses none', () =>
    inFolder(async (root) => {
      const store = await openAt(root);
      await Promise.all(Array.from({ length: 20 }, (_, i) => store.append([sample('a', START + i, i)])));
      expect(cpuOf(await store.read(), 'a')).to.have.lengthOf(20);
    }));

  it('shows a file to others whole or not at all', () =>
    inFolder(async (root) => {
      const store = await openAt(root);
      const sizes = new Set<number>();
      const day = join(root, 'samples', 'day=2026-03-01');
      const look = () => {
        if (!existsSync(day)) return;
        const names = readdirSync(day).filter((name) => name.endsWith('.parquet'));
        for (const name of names) sizes.add(statSync(join(day, name)).size);
      };
      const stop = new AbortController();
      const looking = (async () => {
        while (!stop.signal.aborted) {
          look();
          await immediate(); // between the steps of the append, which goes on in this process
        }
      })();
      await store.append(Array.from({ length: 5_000 }, (_, i) => sample('a', START + i, i)));
      stop.abort();
      await looking;
      look();
      expect(sizes.size).to.equal(1);
    }));

  it('goes on after an append that failed', () =>
    inFolder(async (root) => {
      const store = await openAt(root);
      const failed = store.append([{ ...sample('a', START, 1), node: undefined as unknown as string }]);
      const next = store.append([sample('a', START, 2)]);
      expect(await failed.catch((error: unknown) => String(error))).to.include('node');
      await next;
      expect(cpuOf(await store.read(), 'a')).to.deep.equal([[START, 2]]);
    }));

  it('reads back task runs, those that ended in the range', () =>
    inFolder(async (root) => {
      const run = RUN;
      const failed: TaskRun = { ...run, task: 'fit-2', end: START + DAY, outcome: 'Failed' };
      const store = await openAt(root);
      await store.appendTaskRuns([failed, run]);

      const rows = (runs: TaskRunColumns) =>
        Array.from({ length: runs.length }, (_, i) => taskRunAt(runs, i));
      expect(rows(await store.readTaskRuns())).to.deep.equal([run, failed]);
      const columns = await store.readTaskRuns({ from: START, to: START + DAY });
      expect(rows(columns)).to.deep.equal([run]);
      expect(columns.type).to.deep.equal(['fit']);
      expect(columns.used.cpu).to.deep.equal(Float64Array.of(3.5));
      expect(columns.used.gpu).to.deep.equal(Float64Array.of(NaN));
    }));

  it('reads a task run that was written twice once, as it was written last', () =>
    inFolder(async (root) => {
      const store = await openAt(root, START + 2 * DAY);
      const run = { ...RUN, used: { ...RUN.used, cpu: null } };
      await store.appendTaskRuns([run]);
      await store.appendTaskRuns([RUN]);
      expect((await store.readTaskRuns()).used.cpu).to.deep.equal(Float64Array.of(3.5));
      await store.maintain();
      expect((await store.readTaskRuns()).used.cpu).to.deep.equal(Float64Array.of(3.5));
      await store.appendTaskRuns([{ ...RUN, used: { ...RUN.used, cpu: 4 } }]);
      expect((await store.readTaskRuns()).used.cpu).to.deep.equal(Float64Array.of(4));
    }));

  it('refuses to write when it was opened to be read only', () =>
    inFolder(async (root) => {
      const store = await HistoryStore.open(root, { ...at(START), readOnly: true });
      const error: unknown = await store.append([sample('a', START, 1)]).catch((e: unknown) => e);
      expect(String(error)).to.include('read only');
    }));

  it('says which directory is not there', async () => {
    const error: unknown = await HistoryStore.open('/nowhere/at/all', { ...at(START), readOnly: true }).catch(
      (e: unknown) => e,
    );
    expect(String(error)).to.include('there is no directory /nowhere/at/all');
  });

  it('tells rows, nodes, times and files', () =>
    inFolder(async (root) => {
      const store = await HistoryStore.open(root, { ...at(START), duckDB: 'Never' });
      expect(await store.stat()).to.include({ rows: 0, from: undefined, to: undefined, files: 0 });
      await store.append([sample('a', START, 1), sample('b', START + 5, 1), sample('a', START - 5, 1)]);
      const measured = { cpu: 1, memory: 1, gpu: 0, network: 1 };
      expect(await store.stat()).to.deep.equal({
        rows: 3,
        taskRuns: 0,
        nodes: [
          { node: 'a', rows: 2, from: START - 5, to: START, stepMs: 5, gaps: 0, measured },
          { node: 'b', rows: 1, from: START + 5, to: START + 5, gaps: 0, measured },
        ],
        from: START - 5,
        to: START + 5,
        files: 2,
        engine: 'JavaScript',
        damaged: [],
      });
    }));

  describe('maintain', () => {
    it('folds a past day into one file, and every row is there once', () =>
      inFolder(async (root) => {
        const store = await openAt(root, START + DAY);
        for (let i = 0; i < 5; i++)
          await store.append([sample('a', START + i, i), sample('b', START + i, null)]);
        const before = await store.read();

        expect(await store.maintain()).to.deep.equal({ foldedFiles: 5, removedDays: 0 });

        expect(await partsOf(root, '2026-03-01')).to.have.lengthOf(1);
        expect(await store.read()).to.deep.equal(before);
        expect(await store.maintain()).to.deep.equal({ foldedFiles: 0, removedDays: 0 });
      }));

    it('sorts the rows of a day by node and time, and keeps of a row written twice what was measured', () =>
      inFolder(async (root) => {
        const store = await openAt(root, START + DAY);
        await store.append([sample('b', START + 1, 1), sample('a', START + 2, 2)]);
        await store.append([sample('a', START, 3), sample('b', START + 1, null), sample('a', START + 2, 4)]);
        await store.maintain();
        const [name = ''] = await partsOf(root, '2026-03-01');
        const bytes = await readFile(join(root, 'samples', 'day=2026-03-01', name));
        const table = await decodeParquet(bytes, SAMPLE_COLUMNS);
        expect(table.strings('node')).to.deep.equal(['a', 'a', 'b']);
        expect([...table.numbers('time')]).to.deep.equal([START, START + 2, START + 1]);
        expect([...table.numbers('cpu')]).to.deep.equal([3, 4, 1]);
      }));

    it('folds the present day as well when all is asked for', () =>
      inFolder(async (root) => {
        const store = await openAt(root, START + 5000);
        for (let i = 0; i < 3; i++) await store.append([sample('a', START + i, i)]);
        expect(await store.maintain({ all: true })).to.include({ foldedFiles: 3 });
        expect(cpuOf(await store.read(), 'a')).to.have.lengthOf(3);
      }));

    it('two processes that fold the same days at once lose no row and double none', () =>
      inFolder(async (root) => {
        const stores = [await openAt(root, START + DAY), await openAt(root, START + DAY)];
        for (let round = 0; round < 5; round++) {
          for (let i = 0; i < 4; i++)
            await stores[i % 2]?.append([sample('a', START + round * 4 + i, round * 4 + i)]);
          await Promise.all(stores.map((store) => store.maintain()));
        }
        const [store] = stores;
        expect(cpuOf((await store?.read()) ?? new Map(), 'a').map(([, cpu]) => cpu)).to.deep.equal(
          Array.from({ length: 20 }, (_, i) => i),
        );
      }));

    it('folds the present day only when its loose files are many', () =>
      inFolder(async (root) => {
        const store = await openAt(root, START + 5000);
        for (let i = 0; i < 63; i++) await store.append([sample('a', START + i, i)]);
        expect(await store.maintain()).to.include({ foldedFiles: 0 });
        await store.append([sample('a', START + 63, 63)]);
        expect(await store.maintain()).to.include({ foldedFiles: 64 });
        await store.append([sample('a', START + 64, 64)]);
        expect(cpuOf(await store.read(), 'a')).to.have.lengthOf(65);
      }));

    it('a crash before the folded files were removed doubles nothing, and is cleared up', () =>
      inFolder(async (root) => {
        const store = await openAt(root, START + DAY);
        const day = join(root, 'samples', 'day=2026-03-01');
        await store.append([sample('a', START, 1)]);
        await store.append([sample('a', START + 1, 2)]);
        const parts = await partsOf(root, '2026-03-01');
        // Rows that no file replaced would show: the folded file of the crash says 10 and 20.
        const rows = [sample('a', START, 10), sample('a', START + 1, 20)].map(sampleRow);
        await writeFile(join(day, 'folded-x.parquet'), await encodeParquet(SAMPLE_COLUMNS, rows, parts));

        const expected = [
          [START, 10],
          [START + 1, 20],
        ];
        expect(cpuOf(await store.read(), 'a')).to.deep.equal(expected);
        await store.maintain();
        expect(await partsOf(root, '2026-03-01')).to.deep.equal(['folded-x.parquet']);
        expect(cpuOf(await store.read(), 'a')).to.deep.equal(expected);
      }));

    it('readers beside it see every row, at every moment', () =>
      inFolder(async (root) => {
        const store = await openAt(root, START + DAY);
        const reader = await HistoryStore.open(root, { ...at(START + DAY), readOnly: true });
        const stop = new AbortController();
        const counts: number[] = [];
        const reading = (async () => {
          while (!stop.signal.aborted) counts.push(cpuOf(await reader.read({ to: START + DAY }), 'a').length);
        })();
        for (let round = 0; round < 8; round++) {
          const acknowledged = round * 5;
          for (let i = 0; i < 5; i++) await store.append([sample('a', START + acknowledged + i, i)]);
          await store.maintain();
        }
        stop.abort();
        await reading;
        expect(counts.length).to.be.greaterThan(2);
        expect(counts).to.deep.equal([...counts].sort((a, b) => a - b));
        expect(cpuOf(await reader.read(), 'a')).to.have.lengthOf(40);
      }));

    it('removes days past their retention and nothing else', () =>
      inFolder(async (root) => {
        const store = await openAt(root, START + 3 * DAY + 1);
        await store.append([0, 1, 2, 3].map((day) => sample('a', START + day * DAY, day)));
        await writeFile(join(root, 'samples', 'notes.txt'), 'kept');
        expect(await store.maintain({ retentionDays: 2 })).to.include({ removedDays: 1 });
        expect(cpuOf(await store.read(), 'a').map(([, cpu]) => cpu)).to.deep.equal([1, 2, 3]);
        expect(await readdir(join(root, 'samples'))).to.include('notes.txt');
      }));

    it('removes temporary files of dead writers, and leaves those of living ones', () =>
      inFolder(async (root) => {
        const now = Date.now();
        const store = await openAt(root, now);
        await store.append([sample('a', now, 1)]);
        const [dayName = ''] = await readdir(join(root, 'samples'));
        const day = join(root, 'samples', dayName);
        await writeFile(join(day, '.old.parquet.tmp'), 'x');
        await utimes(
          join(day, '.old.parquet.tmp'),
          new Date(now - 2 * 3_600_000),
          new Date(now - 2 * 3_600_000),
        );
        await writeFile(join(day, '.new.parquet.tmp'), 'x');
        await store.maintain();
        expect((await readdir(day)).filter((name) => name.endsWith('.tmp'))).to.deep.equal([
          '.new.parquet.tmp',
        ]);
      }));
  });

  it('SeriesBuilder gives, in any order of adding, the last measured value of every time', () => {
    const row = fc.record({
      time: fc.integer({ min: 0, max: 20 }),
      cpu: fc.option(fc.integer(), { nil: NaN }),
    });
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const builder = new SeriesBuilder();
        const expected = new Map<number, number>();
        for (const { time, cpu } of rows) {
          builder.add(time, cpu, NaN, NaN, NaN);
          if (!Number.isNaN(cpu) || !expected.has(time)) expected.set(time, cpu);
        }
        const { time, load } = builder.build('a');
        expect([...time].map((t, i) => [t, load.cpu[i]])).to.deep.equal(
          [...expected].sort(([a], [b]) => a - b),
        );
      }),
    );
  });
});
