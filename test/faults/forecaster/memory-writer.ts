/** Learns and writes what was learned, again and again, until it is killed: `memory-writer.ts ROOT`. */
import { directEngine } from '../../../src/controllers/forecaster/engine/engine.ts';
import { MemoryKeeper } from '../../../src/controllers/forecaster/memory-keeper.ts';
import { openStorage } from '../../../src/history/index.ts';
import { createEnvironment } from '../../../src/runtime/index.ts';
import { bookOf, questionAt, STEP } from '../../unit/controllers/forecaster/questions.ts';

const root = process.argv[2] ?? '';
const storage = await openStorage(root, { create: true });
const book = bookOf({ a: 1 }, 14);
for (let days = 4; ; days = days < 13.75 ? days + 0.25 : 4) {
  const engine = directEngine(STEP);
  // Many nodes, so that the file is large enough for a kill to come in its midst.
  for (let copy = 0; copy < 30; copy++) {
    await engine.forecast({ ...questionAt(book, 'a', days, 'LastValue'), node: `node-${copy}` });
  }
  const stop = new AbortController();
  const running = new MemoryKeeper(storage, engine, createEnvironment(), 60_000).run(stop.signal);
  stop.abort();
  await running;
  process.stdout.write(`${days}\n`);
}
