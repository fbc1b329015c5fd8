import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { HistoryStore } from '../../../src/history/index.ts';
import type { HistoryProblem } from '../../../src/history/index.ts';
import { START } from '../../unit/history/samples.ts';
import { inFolder } from '../../unit/history/temporary-folder.ts';

const KILLS = 20;

/** Runs the appender for a while after its first row, kills it, and returns the rows that it had acknowledged. */
async function appendAndKill(root: string, first: number, ms: number): Promise<number[]> {
  const script = join(import.meta.dirname, 'appender.ts');
  const child = spawn(process.execPath, [script, root, String(first), String(START)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  await sleep(ms);
  child.kill('SIGKILL');
  await closed;
  return output.split('\n').slice(0, -1).map(Number);
}

describe('A writer killed at any moment', function () {
  this.timeout(120_000);

  it(`${KILLS} times, while it appends and folds, loses no acknowledged row and leaves no unreadable file`, () =>
    inFolder(async (root) => {
      const delays = fc.sample(fc.integer({ min: 0, max: 120 }), { numRuns: KILLS, seed: 7 });
      const acknowledged: number[] = [];
      let first = 0;
      for (const delay of delays) {
        const rows = await appendAndKill(root, first, delay);
        expect(rows).to.not.have.lengthOf(0);
        acknowledged.push(...rows);
        first = (rows.at(-1) ?? first) + 10;
      }

      const problems: HistoryProblem[] = [];
      const store = await HistoryStore.open(root, { now: () => START, onProblem: (p) => problems.push(p) });
      const histories = await store.read();
      const { time = [], load } = histories.get('a') ?? {};
      const read = new Map([...time].map((t, i) => [t - START, load?.cpu[i]]));
      expect(problems).to.deep.equal([]);
      expect(acknowledged.filter((row) => read.get(row) !== row)).to.deep.equal([]);
    }));
});

describe('A write that fails halfway, as on a full disk', () => {
  it('is refused and leaves nothing of the file', () =>
    inFolder(async (root) => {
      // Past the limit of file size (16 KiB) the kernel writes what fits and then fails.
      const script = join(import.meta.dirname, 'appender.ts');
      const command = 'ulimit -c 0; ulimit -f 16; exec "$0" "$@"';
      const args = [process.execPath, script, root, '0', String(START), '20000'];
      const child = spawn('bash', ['-c', command, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
      await once(child, 'close');
      expect(child.exitCode).to.not.equal(0);

      expect(await readdir(join(root, 'samples', 'day=2026-03-01'))).to.deep.equal([]);
      const store = await HistoryStore.open(root, { now: () => START });
      expect(await store.stat()).to.include({ rows: 0, files: 0 });
      expect((await store.stat()).damaged).to.deep.equal([]);
    }));
});
