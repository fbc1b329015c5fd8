/**
 * A process that appends rows, and folds, until it is killed. On its standard output it says what it has done: the
 * number of each row that is durable, `fold` before it folds, and `folded` after.
 *
 * Row `i` is the sample of node `a` at `start + i` ms with `i` cores, and (every third) a task run that ended then.
 */
import { HistoryStore } from '../../../src/history/index.ts';
import { runOf, sample } from '../../unit/history/samples.ts';

const [root = '', first = '0', start = '0', batch = '3', duckDB = 'WhenLarge'] = process.argv.slice(2);
const size = Number(batch);
const now = Number(start);
const store = await HistoryStore.open(root, {
  now: () => now + 86_400_000,
  duckDB: duckDB === 'Always' ? 'Always' : 'WhenLarge',
});

for (let row = Number(first); ; row += size) {
  const rows = Array.from({ length: size }, (_, i) => row + i);
  await store.append(rows.map((i) => sample('a', now + i, i)));
  await store.appendTaskRuns(rows.filter((i) => i % 3 === 0).map((i) => runOf(i, now + i)));
  // Written at once: a pipe keeps what it was given when its writer dies.
  process.stdout.write(rows.map((i) => `${i}\n`).join(''));
  if (row % 7 !== 0) continue;
  process.stdout.write('fold\n');
  await store.maintain();
  process.stdout.write('folded\n');
}
