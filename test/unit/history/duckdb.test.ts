import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { duckDBVersion } from '../../../src/history/duckdb/duckdb.ts';
import { scanSamples } from '../../../src/history/duckdb/scan.ts';
import { foldSamples } from '../../../src/history/duckdb/fold.ts';
import { SAMPLES } from '../../../src/history/areas.ts';
import { HistoryGatherer } from '../../../src/history/series-builder.ts';
import { SAMPLE_COLUMNS, sampleRow } from '../../../src/history/columns.ts';
import { decodeParquet } from '../../../src/history/decode.ts';
import { encodeParquet } from '../../../src/history/encode.ts';
import { HistoryStore, type NodeSample } from '../../../src/history/index.ts';
import { DAY, START, sample } from './samples.ts';
import { inFolder } from './temporary-folder.ts';

const DAY_FOLDER = join('samples', 'day=2026-03-01');
const openWith = (root: string, duckDB: 'Always' | 'Never', now = START + 3 * DAY) =>
  HistoryStore.open(root, { now: () => now, duckDB });

/** Rows out of order, of several nodes, some of them twice with other and with missing values. */
function* batches(): Generator<NodeSample[]> {
  for (let batch = 0; batch < 6; batch++) {
    const samples: NodeSample[] = [];
    for (let i = 0; i < 50; i++) {
      const value = (batch * 50 + i) % 7 === 0 ? null : batch + i / 8;
      const time = START + ((i * 37) % 40) * 60_000 + (batch % 2) * 1000 + (i % 5 === 0 ? DAY : 0);
      const one = sample(`node ${String(i % 9)}'s`, time, value);
      samples.push(i % 3 === 0 ? { ...one, gpuUtilised: i, load: { ...one.load, gpu: 0.5 } } : one);
    }
    yield samples;
  }
}

async function filled(root: string): Promise<void> {
  const store = await openWith(root, 'Never');
  for (const batch of batches()) await store.append(batch);
  await store.close();
}

describe('A history through DuckDB', function () {
  this.timeout(20_000);

  before(async function () {
    if ((await duckDBVersion()) === undefined) this.skip(); // an optional dependency
  });

  it('is read as it is without', () =>
    inFolder(async (root) => {
      await filled(root);
      const [plain, duck] = [await openWith(root, 'Never'), await openWith(root, 'Always')];
      const queries = [
        {},
        { from: START + 5 * 60_000, to: START + 20 * 60_000 },
        { nodes: ["node 3's", 'none'] },
        { from: START + DAY, nodes: ["node 1's"] },
        { nodes: [] },
      ];
      for (const query of queries)
        expect([...(await duck.read(query))]).to.deep.equal([...(await plain.read(query))]);
      expect((await plain.read()).size).to.equal(9);
      expect((await duck.stat()).files).to.equal((await plain.stat()).files);
      expect(await plain.engine()).to.equal('JavaScript');
      expect(await duck.engine()).to.match(/^DuckDB v/);
    }));

  it('was used for that', () =>
    inFolder(async (root) => {
      await filled(root);
      const names = await readdir(join(root, DAY_FOLDER));
      const gatherer = new HistoryGatherer({ from: -Infinity, to: Infinity });
      expect(
        await scanSamples(join(root, DAY_FOLDER), names, { from: START, to: Infinity }, gatherer),
      ).to.equal(6);
      expect(gatherer.build().size).to.equal(9);
    }));

  it('is folded to the same rows, every column of them', () =>
    inFolder((one) =>
      inFolder(async (other) => {
        for (const root of [one, other]) await filled(root);
        const [plain, duck] = [await openWith(one, 'Never'), await openWith(other, 'Always')];
        const before = await plain.read();
        expect(await duck.maintain()).to.deep.equal(await plain.maintain());
        expect([...(await duck.read())]).to.deep.equal([...before]);
        const tables = [];
        for (const root of [one, other]) {
          const files = await readdir(join(root, DAY_FOLDER));
          expect(files).to.have.length(1);
          const path = join(root, DAY_FOLDER, files[0] ?? '');
          expect((await readFile(path)).includes('DuckDB')).to.equal(root === other);
          tables.push(await everyColumn(path));
        }
        expect(tables[1]).to.deep.equal(tables[0]);
      }),
    ));

  it('folds what is new of the present day, and leaves what was folded', () =>
    inFolder(async (root) => {
      const store = await openWith(root, 'Always', START + DAY / 2);
      for (let i = 0; i < 70; i++) await store.append([sample('a', START + i * 1000, i)]);
      expect(await store.maintain()).to.include({ foldedFiles: 70 });
      for (let i = 70; i < 140; i++) await store.append([sample('a', START + i * 1000, i)]);
      expect(await store.maintain()).to.include({ foldedFiles: 70 });
      expect(await readdir(join(root, DAY_FOLDER))).to.have.length(2);
      expect((await store.read()).get('a')?.time).to.have.length(140);
    }));

  it('leaves a fold that a crash interrupted as it is read, and then tidies it', () =>
    inFolder(async (root) => {
      await filled(root);
      const store = await openWith(root, 'Always');
      const before = [...(await store.read())];
      const folder = join(root, DAY_FOLDER);
      const names = await readdir(folder);
      const folded = await foldSamples(folder, names, SAMPLES, { now: START, whole: true });
      await writeFile(join(folder, 'folded-1.parquet'), folded?.bytes ?? '');
      expect([...(await store.read())]).to.deep.equal(before);
      await store.maintain();
      expect(await readdir(folder)).to.deep.equal(['folded-1.parquet']);
      expect([...(await store.read())]).to.deep.equal(before);
    }));

  it('has a damaged file set aside, and files of other tools read as ever', () =>
    inFolder(async (root) => {
      await filled(root);
      const folder = join(root, DAY_FOLDER);
      await writeFile(join(folder, 'broken.parquet'), 'PAR1 nothing PAR1');
      const columns = SAMPLE_COLUMNS.filter(({ name }) => name !== 'network');
      await writeFile(
        join(folder, 'other.parquet'),
        await encodeParquet(columns, [sampleRow(sample('z', START, 1))]),
      );
      const store = await openWith(root, 'Always');
      expect([...(await store.read()).keys()]).to.include('z');
      expect(await readdir(join(root, 'quarantine', DAY_FOLDER))).to.include('broken.parquet');
      await store.maintain();
      expect([...(await store.read()).keys()]).to.have.length(10);
    }));
});

async function everyColumn(path: string): Promise<unknown> {
  const table = await decodeParquet(await readFile(path), SAMPLE_COLUMNS);
  const columns = SAMPLE_COLUMNS.map(({ name, kind }) => [
    name,
    kind === 'string' ? table.strings(name) : table.numbers(name),
  ]);
  return { rows: table.rows, replaces: table.replaces.length, columns };
}
