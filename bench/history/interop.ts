/**
 * Reads the files that interop.py wrote, through the store as a user would, and prints what is read right:
 *
 *   python bench/history/interop.py DIR && node bench/history/interop.ts DIR
 *
 * Every value of every row is compared. Exits with 1 when one is wrong.
 */
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { HistoryStore } from '../../src/history/index.ts';
import type { HistoryProblem, NodeHistory } from '../../src/history/index.ts';
import { RESOURCES } from '../../src/core/resources.ts';
import type { Resource } from '../../src/core/resources.ts';

const ROWS = 5_000;
const NODES = 20;
const START = Date.UTC(2026, 2, 1);
const EVERY = 60_000;

const VALUES: Readonly<Record<Resource, (row: number) => number>> = {
  cpu: (row) => row / 7,
  memory: (row) => row,
  gpu: (row) => row % 4,
  network: (row) => row * 1000,
};
const NULLS: Readonly<Record<string, (row: number) => boolean>> = {
  'no-nulls': () => false,
  'some-nulls': (row) => row % 10 === 0,
  'null-runs': (row) => Math.floor(row / 700) % 2 === 0,
  'one-value': (row) => row !== ROWS / 2,
  'all-null': () => true,
};

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: node bench/history/interop.ts DIR (the folder that interop.py wrote)');
  process.exit(2);
}
const names = (await readdir(folder)).filter((name) => name.endsWith('.parquet')).sort();
const failures: string[] = [];
const right = new Map<string, number>();
for (const name of names) {
  const fault = await check(resolve(folder, name), nullsOf(name));
  const [codec = '', encoding = ''] = name.replace('.parquet', '').split('_');
  const group = codec === 'types' ? `types ${encoding}` : `${codec} ${encoding}`;
  right.set(group, (right.get(group) ?? 0) + (fault === undefined ? 1 : 0));
  if (fault !== undefined) failures.push(`${name}: ${fault}`);
}
for (const [group, count] of right) console.log(`${group.padEnd(34)} ${count} right`);
for (const failure of failures) console.log(`WRONG ${failure}`);
console.log(`${names.length - failures.length} of ${names.length} files are read right`);
process.exitCode = failures.length === 0 && names.length > 0 ? 0 : 1;

function nullsOf(name: string): (row: number) => boolean {
  const pattern = Object.keys(NULLS).find((nulls) => name.includes(`_${nulls}.`)) ?? 'some-nulls';
  return NULLS[pattern] ?? (() => false);
}

/** What is wrong with what is read of a file; undefined where nothing is. */
async function check(file: string, isNull: (row: number) => boolean): Promise<string | undefined> {
  const root = await mkdtemp(join(tmpdir(), 'foreshard-interop-'));
  try {
    const day = join(root, 'samples', 'day=2026-03-01');
    await mkdir(day, { recursive: true });
    await symlink(file, join(day, 'given.parquet'));
    const problems: HistoryProblem[] = [];
    const store = await HistoryStore.open(root, {
      now: () => START,
      readOnly: true,
      onProblem: (problem) => problems.push(problem),
    });
    const histories = await store.read();
    const [problem] = problems;
    if (problem !== undefined) return problem.reason;
    return wrongValue(histories, isNull);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function wrongValue(
  histories: ReadonlyMap<string, NodeHistory>,
  isNull: (row: number) => boolean,
): string | undefined {
  for (let row = 0; row < ROWS; row++) {
    const history = histories.get(`node-${row % NODES}`);
    const i = Math.floor(row / NODES);
    if (history?.time[i] !== START + row * EVERY)
      return `row ${row}: time is ${history?.time[i] ?? 'missing'}`;
    for (const resource of RESOURCES) {
      const expected = isNull(row) ? NaN : VALUES[resource](row);
      const read = history.load[resource][i];
      if (!Object.is(read, expected))
        return `row ${row}: ${resource} is ${read ?? 'missing'}, not ${expected}`;
    }
  }
  return undefined;
}
