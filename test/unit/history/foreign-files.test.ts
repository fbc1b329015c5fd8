import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { HistoryStore } from '../../../src/history/index.ts';
import type { HistoryProblem } from '../../../src/history/index.ts';
import { FRACTION_COLUMNS } from '../../../src/history/columns.ts';
import { encodeParquet } from '../../../src/history/encode.ts';
import { writeWhole } from '../../../src/history/files.ts';
import { CAPACITY, START, sample } from './samples.ts';
import { inFolder } from './temporary-folder.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const ROWS = 40;

async function open(root: string, problems: HistoryProblem[] = []) {
  return HistoryStore.open(root, {
    now: () => START,
    capacityOf: (node) => (node === 'stranger' ? undefined : CAPACITY),
    onProblem: (problem) => problems.push(problem),
  });
}

async function writeFractions(root: string, node: string, rows: readonly Record<string, number | null>[]) {
  const whole = rows.map((row, i) => ({
    cpu: null,
    memory: null,
    gpu: null,
    network: null,
    time: START + i,
    ...row,
  }));
  await writeWhole(root, `${node}.parquet`, await encodeParquet(FRACTION_COLUMNS, whole));
}

describe('Files that others wrote', () => {
  const variants = [
    'snappy',
    'zstd',
    'gzip-v2-pages',
    'plain-without-dictionary',
    'float32',
    'microseconds',
    'nanoseconds',
    'no-time-zone',
    'int96',
    'null-type',
    'extra-columns',
    'row-groups-of-15',
    'lz4-with-an-empty-dictionary',
  ];
  for (const variant of variants) {
    it(`by pyarrow, ${variant.replaceAll('-', ' ')}, are read right`, () =>
      inFolder(async (root) => {
        await copyFile(join(FIXTURES, `${variant}.parquet`), join(root, 'n1.parquet'));
        const problems: HistoryProblem[] = [];
        const history = (await (await open(root, problems)).read()).get('n1');
        expect(problems).to.deep.equal([]);
        expect([...(history?.time ?? [])]).to.deep.equal(
          Array.from({ length: ROWS }, (_, i) => START + i * 300_000),
        );
        history?.load.cpu.forEach((cpu, i) => expect(cpu).to.be.closeTo((i / ROWS) * CAPACITY.cpu, 1e-6));
        history?.load.network.forEach((v, i) => expect(v).to.be.closeTo((i / ROWS) * CAPACITY.network, 50));
        expect([...(history?.load.memory ?? [])]).to.deep.equal(
          Array.from({ length: ROWS }, (_, i) => (i % 5 === 0 ? NaN : 500)),
        );
        expect(history?.load.gpu.every(Number.isNaN)).to.equal(true);
      }));
  }

  it('with integers and without some columns are read right', () =>
    inFolder(async (root) => {
      await copyFile(join(FIXTURES, 'integers.parquet'), join(root, 'n1.parquet'));
      const history = (await (await open(root)).read()).get('n1');
      expect([...(history?.load.cpu.slice(0, 3) ?? [])]).to.deep.equal([0, 8, 0]);
      expect(history?.load.memory[0]).to.equal(1000);
      expect(history?.load.gpu.every(Number.isNaN)).to.equal(true);
    }));

  it("in the operator's layout are read beside its own", () =>
    inFolder(async (root) => {
      const store = await open(root);
      const day = join(root, 'samples', 'day=2026-03-01');
      await mkdir(day, { recursive: true });
      await copyFile(join(FIXTURES, 'operator-layout.parquet'), join(day, 'imported.parquet'));
      await store.append([sample('n1', START + 60_000, 7)]);
      const histories = await store.read();
      expect([...(histories.get('n1')?.load.cpu.slice(0, 3) ?? [])]).to.deep.equal([0, 7, 2]);
      expect(histories.get('n2')?.load.gpu[0]).to.equal(1);
    }));

  it('are fractions: turned into base units, clipped to 1, negative ones not measured', () =>
    inFolder(async (root) => {
      await writeFractions(root, 'n1', [{ cpu: 0.25 }, { cpu: 1.4 }, { cpu: -0.1 }, { cpu: null }]);
      const problems: HistoryProblem[] = [];
      const history = (await (await open(root, problems)).read()).get('n1');
      expect([...(history?.load.cpu ?? [])]).to.deep.equal([2, 8, NaN, NaN]);
      expect(problems).to.deep.equal([]);
    }));

  it('in another unit lose that column, once reported, and nothing else', () =>
    inFolder(async (root) => {
      await writeFractions(root, 'n1', [
        { cpu: 0.5, network: 0.1 },
        { cpu: 0.5, network: 1578 },
      ]);
      const problems: HistoryProblem[] = [];
      const store = await open(root, problems);
      await store.read();
      const history = (await store.read()).get('n1');
      expect([...(history?.load.network ?? [])]).to.deep.equal([NaN, NaN]);
      expect([...(history?.load.cpu ?? [])]).to.deep.equal([4, 4]);
      expect(problems).to.have.lengthOf(1);
      expect(problems[0]).to.include({ file: 'n1.parquet', action: 'ColumnSkipped' });
      expect(problems[0]?.reason).to.include('column network holds values up to 1578');
      expect((await store.stat()).damaged).to.deep.equal(problems);
    }));

  it('of nodes that are not there are left out', () =>
    inFolder(async (root) => {
      await writeFractions(root, 'stranger', [{ cpu: 0.5 }]);
      expect((await (await open(root)).read()).size).to.equal(0);
    }));

  it("give way to the operator's own row of the same time, where that measured", () =>
    inFolder(async (root) => {
      const store = await open(root);
      await writeFractions(root, 'n1', [
        { cpu: 0.5, gpu: 1 },
        { cpu: 0.5, gpu: 1 },
      ]);
      await store.append([sample('n1', START, 7)]);
      const history = (await store.read()).get('n1');
      expect([...(history?.load.cpu ?? [])]).to.deep.equal([7, 4]);
      expect([...(history?.load.gpu ?? [])]).to.deep.equal([2, 2]);
    }));
});
