import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { HistoryStore } from '../../../src/history/index.ts';
import { START } from '../../unit/history/samples.ts';
import { appendAndKill, verify } from './killed-writer.ts';
import { inFolder } from '../../unit/history/temporary-folder.ts';

const KILLS = 20;

describe('A writer killed at any moment', function () {
  this.timeout(120_000);

  it(`${KILLS} times, while it appends and folds, loses no acknowledged row and leaves no unreadable file`, () =>
    inFolder(async (root) => {
      const delays = fc.sample(fc.integer({ min: 0, max: 120 }), { numRuns: KILLS, seed: 7 });
      const acknowledged: number[] = [];
      let first = 0;
      for (const delay of delays) {
        const writer = await appendAndKill(root, first, delay);
        expect(writer.acknowledged).to.not.have.lengthOf(0);
        acknowledged.push(...writer.acknowledged);
        first = (acknowledged.at(-1) ?? first) + 10;
      }
      const { lost, lostRuns, problems } = await verify(root, acknowledged);
      expect({ lost, lostRuns, problems }).to.deep.equal({ lost: [], lostRuns: [], problems: [] });
    }));
});

describe('A writer that folds through DuckDB, killed at any moment', function () {
  this.timeout(120_000);

  it('loses no acknowledged row and leaves no unreadable file', () =>
    inFolder(async (root) => {
      const delays = fc.sample(fc.integer({ min: 0, max: 600 }), { numRuns: KILLS / 2, seed: 7 });
      const acknowledged: number[] = [];
      for (const delay of delays) {
        const writer = await appendAndKill(root, (acknowledged.at(-1) ?? -10) + 10, delay, 'Always');
        acknowledged.push(...writer.acknowledged);
      }
      const { lost, lostRuns, problems } = await verify(root, acknowledged);
      expect({ lost, lostRuns, problems }).to.deep.equal({ lost: [], lostRuns: [], problems: [] });
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
