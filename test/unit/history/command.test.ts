import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { FRACTION_COLUMNS, SAMPLE_COLUMNS, TASK_RUN_COLUMNS } from '../../../src/history/columns.ts';
import { sampleRow, taskRunRow } from '../../../src/history/columns.ts';
import { encodeParquet } from '../../../src/history/encode.ts';
import { writeWhole } from '../../../src/history/files.ts';
import { HistoryStore } from '../../../src/history/index.ts';
import { foreshard } from '../cli/program.ts';
import { CAPACITY, DAY, START, sample } from './samples.ts';
import { inFolder } from './temporary-folder.ts';

const open = (root: string) => HistoryStore.open(root, { now: () => START + 2 * DAY });
const DAY_FOLDER = join('samples', 'day=2026-03-01');

async function fractions(folder: string, node: string, cpu: readonly (number | null)[], network = 0.5) {
  const rows = cpu.map((value, i) => ({
    time: START + i * 60_000,
    cpu: value,
    memory: null,
    gpu: null,
    network,
  }));
  await writeWhole(folder, `${node}.parquet`, await encodeParquet(FRACTION_COLUMNS, rows));
}

interface Stat {
  rows: number;
  nodes: string[];
  from: string;
  to: string;
  damaged: string[];
  taskRuns: number;
}

async function statOf(root: string): Promise<Stat> {
  const { code, stdout, stderr } = await foreshard(['history', 'stat', root, '-o', 'json']);
  expect(stderr).to.equal('');
  expect(code).to.equal(0);
  return JSON.parse(stdout) as Stat;
}

describe('foreshard history', () => {
  it('stat tells rows, nodes, times and damaged files, and moves nothing', () =>
    inFolder(async (root) => {
      const store = await open(root);
      await store.append([sample('b', START, 1), sample('a', START + 60_000, 2)]);
      await writeFile(join(root, DAY_FOLDER, 'bad.parquet'), 'PAR1');
      await fractions(root, 'c', [0.5, null]);
      const before = await readdir(root, { recursive: true });

      expect(await statOf(root)).to.deep.include({
        rows: 4,
        nodes: ['a', 'b', 'c'],
        from: '2026-03-01T00:00:00.000Z',
        to: '2026-03-01T00:01:00.000Z',
        damaged: [join(DAY_FOLDER, 'bad.parquet')],
        taskRuns: 0,
      });
      expect(await readdir(root, { recursive: true })).to.deep.equal(before);
      const { stdout } = await foreshard(['history', 'stat', root]);
      expect(stdout).to.match(/^ROWS +NODES .*\n4 +3 +0 +2 +2026-03-01T00:00:00.000Z .* 1\n/);
      expect(stdout).to.match(/\nc +2 .* 60s +0 +50% +0% +0% +100%\n/);
      expect(stdout).to.include('bad.parquet: Skipped: is no Parquet file');
    }));

  it('stat of an empty history has no times', () =>
    inFolder(async (root) => {
      expect(await statOf(root)).to.deep.include({ rows: 0, nodes: [], from: null, to: null, damaged: [] });
    }));

  it('import takes samples, task runs and fractions, and doubles nothing when it is run again', () =>
    inFolder(async (folder) => {
      const [root, source] = [join(folder, 'history'), join(folder, 'source')];
      const rows = [sample('a', START, 1), sample('b', START + DAY, 2)].map(sampleRow);
      await writeWhole(source, 'long.parquet', await encodeParquet(SAMPLE_COLUMNS, rows));
      const run = taskRunRow({
        workflow: 'lab/train',
        task: 'fit',
        type: 'fit',
        node: 'a',
        start: START,
        end: START + 1000,
        requested: CAPACITY,
        used: { cpu: 1, memory: null, gpu: null, network: null },
        outcome: 'Succeeded',
      });
      await writeWhole(source, 'runs.parquet', await encodeParquet(TASK_RUN_COLUMNS, [run]));
      await fractions(source, 'n1', [0.25, 0.5]);
      const args = ['history', 'import', root, source, '--capacity', 'cpu=16,memory=64Gi,network=10G'];

      for (let time = 0; time < 2; time++) {
        const { code, stdout, stderr } = await foreshard(args);
        expect(stderr).to.equal('');
        expect(code).to.equal(0);
        expect(stdout.replaceAll(`${source}/`, '')).to.equal(
          'long.parquet: 2 samples of 2 nodes in 2 days\n' +
            'n1.parquet: 2 samples of node n1 in 1 days\n' +
            'runs.parquet: 1 task runs of node a in 1 days\n',
        );
      }
      expect(await statOf(root)).to.deep.include({ rows: 4, nodes: ['a', 'b', 'n1'], taskRuns: 1 });
      const load = (await (await open(root)).read()).get('n1')?.load;
      expect(load?.cpu).to.deep.equal(Float64Array.of(4, 8));
      expect(load?.memory).to.deep.equal(Float64Array.of(NaN, NaN));
      expect(load?.network).to.deep.equal(Float64Array.of(5e9, 5e9));
    }));

  it('import tells what it could not take and what to do, and takes the rest', () =>
    inFolder(async (folder) => {
      const [root, source] = [join(folder, 'history'), join(folder, 'source')];
      const bytes = await encodeParquet(SAMPLE_COLUMNS, [sampleRow(sample('a', START, 1))]);
      await writeWhole(source, 'good.parquet', bytes);
      await writeWhole(source, 'cut.parquet', bytes.subarray(0, 200));
      await fractions(source, 'n1', [0.5]);

      const { code, stderr } = await foreshard(['history', 'import', root, source]);
      expect(code).to.equal(2);
      expect(stderr).to.match(/cut\.parquet: is cut short .*: nothing of it was imported; write it anew\n/);
      expect(stderr).to.match(/n1\.parquet: holds fractions of .* node n1, .*: add --capacity, or --nodes /);
      expect((await statOf(root)).rows).to.equal(1);

      const other = await foreshard(['history', 'import', root, source, '--capacity', 'cpus=3']);
      expect(other.code).to.equal(2);
      expect(other.stderr).to.include('"cpus=3" names no resource: write it as cpu=16,');
    }));

  it('import reads capacities from a List of Nodes, and warns of a column in another unit', () =>
    inFolder(async (folder) => {
      const [root, nodes] = [join(folder, 'history'), join(folder, 'nodes.yaml')];
      await writeFile(
        nodes,
        'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Node, metadata: {name: n1}, status: {allocatable: {cpu: 4}}}\n',
      );
      await fractions(folder, 'n1', [0.5], 1578);
      const { code, stderr } = await foreshard([
        'history',
        'import',
        root,
        join(folder, 'n1.parquet'),
        '--nodes',
        nodes,
      ]);
      expect(code).to.equal(0);
      expect(stderr).to.match(/^warning: .*n1\.parquet: column network holds values up to 1578/);
      const load = (await (await open(root)).read()).get('n1')?.load;
      expect([load?.cpu, load?.network]).to.deep.equal([Float64Array.of(2), Float64Array.of(NaN)]);
    }));

  it('compact folds every day into one file, the present one as well, and keeps every row', () =>
    inFolder(async (root) => {
      const store = await open(root);
      for (let i = 0; i < 4; i++)
        await store.append([sample('a', START + i, i), sample('a', START + DAY + i, i)]);
      await writeFile(join(root, DAY_FOLDER, 'bad.parquet'), 'x');
      const { code, stdout } = await foreshard(['history', 'compact', root]);
      expect(code).to.equal(0);
      expect(stdout).to.match(/^folded 8 files, removed 0 days\n.*bad\.parquet: Quarantined: is no Parquet/);
      expect(await readdir(join(root, DAY_FOLDER))).to.have.lengthOf(1);
      expect(await statOf(root)).to.deep.include({ rows: 8, damaged: [join(DAY_FOLDER, 'bad.parquet')] });

      const old = await foreshard(['history', 'compact', root, '--retention-days', '1', '-o', 'json']);
      expect(JSON.parse(old.stdout)).to.deep.equal({ foldedFiles: 0, removedDays: 2, problems: [] });
    }));

  it('names the directory that is not there, and makes none', async () => {
    for (const command of ['stat', 'compact']) {
      const { code, stderr } = await foreshard(['history', command, '/nowhere/at/all']);
      expect(code).to.equal(2);
      expect(stderr).to.equal(
        'error: history: there is no directory /nowhere/at/all: name the directory of a history\n',
      );
    }
  });

  it('has help with an example for each part', async () => {
    for (const command of ['stat', 'import', 'compact']) {
      const { code, stdout } = await foreshard(['history', command, '--help']);
      expect(code).to.equal(0);
      expect(stdout).to.match(new RegExp(`Examples?:\\n( {2}foreshard history ${command} .*\\n)+$`));
    }
  });
});
