import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { decodeMemories } from '../../../src/controllers/forecaster/engine/memory-file.ts';
import { inFolder } from '../../unit/history/temporary-folder.ts';
import { STEP } from '../../unit/controllers/forecaster/questions.ts';

const KILLS = 8;

describe('A process killed while it writes what forecasts have learned', function () {
  this.timeout(120_000);

  it(`${KILLS} times, leaves the old or the new of it, whole`, () =>
    inFolder(async (root) => {
      const delays = fc.sample(fc.integer({ min: 0, max: 150 }), { numRuns: KILLS, seed: 3 });
      for (const delay of delays) {
        const script = join(import.meta.dirname, 'memory-writer.ts');
        const child = spawn(process.execPath, [script, root], { stdio: ['ignore', 'pipe', 'inherit'] });
        const closed = once(child, 'close');
        await Promise.race([once(child.stdout, 'data'), closed]);
        await sleep(delay);
        child.kill('SIGKILL');
        await closed;
        const kept = decodeMemories(await readFile(join(root, 'forecasts', 'memory.bin')), STEP);
        expect(kept).to.have.lengthOf(60);
        expect(new Set(kept.map(({ state }) => state.judged.near))).to.have.property('size', 1);
      }
    }));
});
