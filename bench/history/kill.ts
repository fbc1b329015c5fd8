/**
 * Kills a writer of the history again and again, at random moments of appends and of folds, and reads what is left:
 *
 *   node bench/history/kill.ts [--kills 200] [--seed 7] [--duckdb] [--json]
 *
 * Exits with 1 when a row that was acknowledged is not read as it was written, or a file cannot be read.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/runtime/index.ts';
import { appendAndKill, verify } from '../../test/faults/history/killed-writer.ts';

/** Most kills come soon, in an append or the first fold; some so late that folds of all there is are done before. */
const LONGEST_MS = 3000;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '7' },
    duckdb: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const kills = Number(values.kills);
const random = seededRandom(Number(values.seed));
const root = await mkdtemp(join(tmpdir(), 'foreshard-kill-'));
const acknowledged: number[] = [];
let folds = 0;
let whileFolding = 0;
let first = 0;
try {
  for (let kill = 0; kill < kills; kill++) {
    const writer = await appendAndKill(
      root,
      first,
      random() ** 4 * LONGEST_MS,
      values.duckdb ? 'Always' : 'Never',
    );
    acknowledged.push(...writer.acknowledged);
    folds += writer.folds;
    if (writer.wasFolding) whileFolding += 1;
    first = (acknowledged.at(-1) ?? first) + 10;
  }
  const { lost, lostRuns, problems, files } = await verify(root, acknowledged);
  const result = {
    kills,
    whileFolding,
    folds,
    acknowledgedRows: acknowledged.length,
    acknowledgedRuns: acknowledged.filter((row) => row % 3 === 0).length,
    lostRows: lost.length,
    lostRuns: lostRuns.length,
    unreadableFiles: problems.length,
    files,
  };
  console.log(values.json ? JSON.stringify(result) : table(result));
  process.exitCode = lost.length + lostRuns.length + problems.length > 0 ? 1 : 0;
} finally {
  await rm(root, { recursive: true, force: true });
}

function table(result: Readonly<Record<string, number>>): string {
  return Object.entries(result)
    .map(([name, value]) => `${name.padEnd(18)} ${value}`)
    .join('\n');
}
