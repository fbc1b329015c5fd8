/** A process that appends rows, and folds, until it is killed; says on its standard output which rows are durable. */
import { HistoryStore } from '../../../src/history/index.ts';
import { sample } from '../../unit/history/samples.ts';

const [root = '', first = '0', start = '0', batch = '3'] = process.argv.slice(2);
const size = Number(batch);
const now = Number(start);
const store = await HistoryStore.open(root, { now: () => now + 86_400_000 });

for (let row = Number(first); ; row += size) {
  const rows = Array.from({ length: size }, (_, i) => row + i);
  await store.append(rows.map((i) => sample('a', now + i, i)));
  // Written at once: a pipe keeps what it was given when its writer dies.
  process.stdout.write(rows.map((i) => `${i}\n`).join(''));
  if (row % 7 === 0) await store.maintain();
}
