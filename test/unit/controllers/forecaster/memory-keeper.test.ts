import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { directEngine } from '../../../../src/controllers/forecaster/engine/engine.ts';
import type { ForecastEngine } from '../../../../src/controllers/forecaster/engine/engine.ts';
import { MemoryKeeper } from '../../../../src/controllers/forecaster/memory-keeper.ts';
import { openStorage } from '../../../../src/history/index.ts';
import { createEnvironment, createLogger } from '../../../../src/runtime/index.ts';
import { DAY, START } from '../../core/forecast/helpers.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { inFolder } from '../../history/temporary-folder.ts';
import { bookOf, questionAt, STEP } from './questions.ts';

const PERIOD_MS = 300_000;

/** A process that starts, works, and stops; what it logged. */
async function run(
  root: string,
  engine: ForecastEngine,
  work: () => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  let logged = '';
  const stream = new Writable({
    write: (line: Buffer, _encoding, done) => {
      logged += line.toString();
      done();
    },
  });
  const env = createEnvironment({
    clock: new ManualClock(START + 8 * DAY),
    log: createLogger({ stream, level: 'debug' }),
  });
  const keeper = new MemoryKeeper(await openStorage(root, { create: true }), engine, env, PERIOD_MS);
  await keeper.load();
  const stop = new AbortController();
  const running = keeper.run(stop.signal);
  await work();
  stop.abort();
  await running;
  return logged;
}

const fileIn = (root: string): string => join(root, 'forecasts', 'memory.bin');

describe('What forecasts have learned', () => {
  const book = bookOf({ a: 1, b: 2 }, 9);

  /** Forecasts both nodes a week in, and writes what was learned of them. */
  const learned = async (root: string): Promise<ForecastEngine> => {
    const engine = directEngine(STEP);
    await run(root, engine, async () => {
      for (const node of ['a', 'b']) await engine.forecast(questionAt(book, node, 8));
      await engine.forecast(questionAt(book, 'a', 8, 'LastValue'));
    });
    return engine;
  };

  it('survives a restart: the next forecast is what it would have been without', () =>
    inFolder(async (root) => {
      const before = await learned(root);
      const after = directEngine(STEP);
      expect(await run(root, after)).to.contain('"series":6');
      const fresh = directEngine(STEP);
      for (const [node, model] of [
        ['a', 'Auto'],
        ['b', 'Auto'],
        ['a', 'LastValue'],
      ] as const) {
        const question = (): ReturnType<typeof questionAt> => questionAt(book, node, 9, model);
        const expected = await before.forecast(question());
        expect(await after.forecast(question())).to.deep.equal(expected);
        expect(await fresh.forecast(question())).to.not.deep.equal(expected);
      }
    }));

  it('takes a few kilobytes a series, and is written only when something was learned', () =>
    inFolder(async (root) => {
      const engine = await learned(root);
      const bytes = await readFile(fileIn(root));
      expect(bytes.length / 6).to.be.lessThan(2500);
      await writeFile(fileIn(root), 'untouched');
      await run(root, engine, async () => {
        await engine.forecast(questionAt(book, 'a', 8));
      });
      expect(await readFile(fileIn(root), 'utf8')).to.equal('untouched');
      expect(await readdir(join(root, 'forecasts'))).to.deep.equal(['memory.bin']);
    }));

  it('is left out with a line in the log where its file is damaged, foreign or of another grid', () =>
    inFolder(async (root) => {
      await learned(root);
      const good = await readFile(fileIn(root));
      const changed = (at: number): Uint8Array => good.map((byte, i) => (i === at ? byte ^ 1 : byte));
      const cases: [string, Uint8Array, RegExp][] = [
        ['empty', new Uint8Array(0), /no such file/],
        ['foreign', new TextEncoder().encode('PAR1 and so on'), /no such file/],
        ['of another version', changed(3), /its version is not/],
        ['cut short', good.subarray(0, good.length - 700), /checksum/],
        ['changed in its head', changed(40), /checksum/],
        ['changed in its numbers', changed(good.length - 90), /checksum/],
      ];
      for (const [what, bytes, reason] of cases) {
        await writeFile(fileIn(root), bytes);
        expect(await run(root, directEngine(STEP)), what).to.match(reason);
      }
      await writeFile(fileIn(root), good);
      expect(await run(root, directEngine(60))).to.contain('of steps of 300 s');
      const engine = directEngine(STEP);
      await writeFile(fileIn(root), changed(40));
      await run(root, engine);
      const [answer] = await engine.forecast(questionAt(book, 'a', 8));
      expect(answer?.model).to.equal('Ensemble');
    }));

  it('is written again after a writer that was killed, or a folder that could not be written', () =>
    inFolder(async (root) => {
      await mkdir(join(root, 'forecasts'));
      await writeFile(join(root, 'forecasts', '.memory.bin.tmp'), 'half a fi');
      await learned(root);
      expect(await readdir(join(root, 'forecasts'))).to.deep.equal(['memory.bin']);

      const blocked = join(root, 'blocked');
      await mkdir(blocked);
      await writeFile(join(blocked, 'forecasts'), 'a file where the folder belongs');
      const engine = directEngine(STEP);
      const log = await run(blocked, engine, async () => {
        await engine.forecast(questionAt(book, 'a', 8));
      });
      expect(log).to.contain('could not be written');
    }));
});
