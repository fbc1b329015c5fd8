import { access, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { HistoryStore } from '../../../src/history/index.ts';
import type { HistoryProblem } from '../../../src/history/index.ts';
import { FRACTION_COLUMNS, SAMPLE_COLUMNS, sampleRow } from '../../../src/history/columns.ts';
import { encodeParquet } from '../../../src/history/encode.ts';
import { CAPACITY, START, sample } from '../../unit/history/samples.ts';
import { inFolder } from '../../unit/history/temporary-folder.ts';

const DAY = join('samples', 'day=2026-03-01');
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

async function open(root: string, problems: HistoryProblem[]) {
  return HistoryStore.open(root, {
    now: () => START,
    capacityOf: () => CAPACITY,
    onProblem: (p) => problems.push(p),
  });
}

/** Twenty good rows as a file of either layout. */
const operatorFile = () =>
  encodeParquet(
    SAMPLE_COLUMNS,
    Array.from({ length: 20 }, (_, i) => sampleRow(sample('a', START + i, i))),
  );
const userFile = () =>
  encodeParquet(
    FRACTION_COLUMNS,
    Array.from({ length: 20 }, (_, i) => ({
      time: START + i,
      cpu: i / 20,
      memory: null,
      gpu: null,
      network: null,
    })),
  );
const withColumns = (
  columns: Parameters<typeof encodeParquet>[0],
  row: Record<string, number | string | null>,
) => encodeParquet(columns, [row]);

/** What a file may be instead of what it should be, made from a good one, and the reason that must be given. */
const damages: [string, (good: Buffer) => Promise<Buffer> | Buffer, RegExp][] = [
  ['empty', () => Buffer.alloc(0), /is empty/],
  ['cut after 1 byte', (good) => good.subarray(0, 1), /is no Parquet file/],
  ['cut after its magic', (good) => good.subarray(0, 4), /is no Parquet file/],
  ['cut in its first page', (good) => good.subarray(0, 100), /is cut short/],
  ['cut in the middle', (good) => good.subarray(0, good.length >> 1), /is cut short/],
  ['cut by its last 9 bytes', (good) => good.subarray(0, good.length - 9), /is cut short/],
  ['cut by its last byte', (good) => good.subarray(0, good.length - 1), /is cut short/],
  [
    'without its middle',
    (good) => Buffer.concat([good.subarray(0, 60), good.subarray(good.length - 200)]),
    /cannot be decoded|has another schema|values in/,
  ],
  [
    'with a footer of zeros',
    (good) => Buffer.concat([good.subarray(0, good.length - 100), Buffer.alloc(96), Buffer.from('PAR1')]),
    /cannot be decoded|has another schema/,
  ],
  [
    'with a footer longer than the file',
    (good) =>
      Buffer.concat([
        good.subarray(0, good.length - 8),
        Buffer.from([255, 255, 255, 127]),
        Buffer.from('PAR1'),
      ]),
    /cannot be decoded/,
  ],
  ['a text file', () => Buffer.from('time,node,cpu\n1,a,2\nPAR1'), /is no Parquet file/],
  [
    'of another schema',
    () => withColumns([{ name: 'city', kind: 'string', optional: false }], { city: 'Ulm' }),
    /has another schema: column time is missing/,
  ],
  [
    'with a time that is a number',
    () =>
      withColumns(
        [
          { name: 'time', kind: 'double', optional: false },
          { name: 'node', kind: 'string', optional: false },
          { name: 'cpu', kind: 'double', optional: true },
        ],
        { time: START, node: 'a', cpu: 1 },
      ),
    /column time is DOUBLE, not a timestamp/,
  ],
  [
    'with text for cpu',
    () =>
      withColumns(
        [
          { name: 'time', kind: 'timestamp', optional: false },
          { name: 'node', kind: 'string', optional: false },
          { name: 'cpu', kind: 'string', optional: false },
        ],
        { time: START, node: 'a', cpu: 'much' },
      ),
    /column cpu is UTF8, not a double/,
  ],
  [
    'without any resource',
    () =>
      withColumns(
        [
          { name: 'time', kind: 'timestamp', optional: false },
          { name: 'node', kind: 'string', optional: false },
        ],
        { time: START, node: 'a' },
      ),
    /none of the columns of resources/,
  ],
];

describe('A damaged file of the history', () => {
  for (const [what, damage, reason] of damages) {
    it(`that is ${what} is set aside with its reason; the rest is used`, () =>
      inFolder(async (root) => {
        const problems: HistoryProblem[] = [];
        const store = await open(root, problems);
        await store.append([sample('a', START, 1)]);
        await writeFile(join(root, DAY, 'bad.parquet'), await damage(await operatorFile()));

        expect((await store.read()).get('a')?.time).to.have.lengthOf(1);

        const file = join(DAY, 'bad.parquet');
        expect(problems).to.have.lengthOf(1);
        expect(problems[0]).to.include({ file, action: 'Quarantined' });
        expect(problems[0]?.reason).to.match(reason);
        expect(await exists(join(root, file))).to.equal(false);
        expect(await exists(join(root, 'quarantine', file))).to.equal(true);
        expect((await store.stat()).damaged).to.deep.equal(problems);
        // A later process still knows of it, and meets it no more.
        const later: HistoryProblem[] = [];
        expect((await (await open(root, later)).stat()).damaged).to.deep.equal(problems);
        expect(later).to.deep.equal([]);
      }));

    it(`given by a user, that is ${what}, is left where it is and skipped`, () =>
      inFolder(async (root) => {
        const problems: HistoryProblem[] = [];
        const store = await open(root, problems);
        await writeFile(join(root, 'good.parquet'), await userFile());
        const bytes = await damage(await userFile());
        await writeFile(join(root, 'bad.parquet'), bytes);

        expect([...(await store.read()).keys()]).to.deep.equal(['good']);

        expect(problems).to.have.lengthOf(1);
        expect(problems[0]).to.include({ file: 'bad.parquet', action: 'Skipped' });
        expect(problems[0]?.reason).to.match(reason);
        expect(await readFile(join(root, 'bad.parquet'))).to.deep.equal(Buffer.from(bytes));
      }));
  }

  it('that is a directory is set aside from the samples and skipped at the root', () =>
    inFolder(async (root) => {
      const problems: HistoryProblem[] = [];
      const store = await open(root, problems);
      await mkdir(join(root, DAY, 'x.parquet'), { recursive: true });
      await mkdir(join(root, 'y.parquet'));
      await store.read();
      expect(problems.map(({ file, reason, action }) => [file, reason, action])).to.deep.equal([
        ['y.parquet', 'is a directory', 'Skipped'],
        [join(DAY, 'x.parquet'), 'is a directory', 'Quarantined'],
      ]);
    }));

  it('that cannot be opened is reported and stays: its bytes may be right', () =>
    inFolder(async (root) => {
      const problems: HistoryProblem[] = [];
      const store = await open(root, problems);
      await store.append([sample('a', START, 1)]);
      // A loop of links cannot be opened by anyone, unlike a file without permissions, which root reads.
      await symlink('loop.parquet', join(root, DAY, 'loop.parquet'));
      await symlink('nowhere', join(root, DAY, 'lost.parquet'));

      expect((await store.read()).get('a')?.time).to.have.lengthOf(1);

      expect(problems.map(({ action }) => action)).to.deep.equal(['Skipped', 'Skipped']);
      expect(problems[0]?.reason).to.match(/cannot be read \(ELOOP.*check its permissions/);
      expect(problems[1]?.reason).to.equal('is a link to a file that is not there');
    }));

  it('is only reported by a reader', () =>
    inFolder(async (root) => {
      await mkdir(join(root, DAY), { recursive: true });
      await writeFile(join(root, DAY, 'bad.parquet'), 'x');
      const store = await HistoryStore.open(root, { now: () => START, readOnly: true });
      expect((await store.stat()).damaged.map(({ action }) => action)).to.deep.equal(['Skipped']);
      expect(await exists(join(root, DAY, 'bad.parquet'))).to.equal(true);
    }));

  it('does not stop upkeep, which never folds it in', () =>
    inFolder(async (root) => {
      const problems: HistoryProblem[] = [];
      const store = await HistoryStore.open(root, {
        now: () => START + 2 * 86_400_000,
        onProblem: (p) => problems.push(p),
      });
      await store.append([sample('a', START, 1)]);
      await store.append([sample('a', START + 1, 2)]);
      await writeFile(join(root, DAY, 'bad.parquet'), (await operatorFile()).subarray(0, 500));
      expect(await store.maintain()).to.include({ foldedFiles: 2 });
      expect(problems.map(({ action }) => action)).to.deep.equal(['Quarantined']);
      expect((await store.stat()).rows).to.equal(2);
    }));
});
