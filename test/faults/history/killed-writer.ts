/** Writers that are killed, and whether the history still holds what they had acknowledged. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HistoryStore } from '../../../src/history/index.ts';
import type { HistoryProblem, UseOfDuckDB } from '../../../src/history/index.ts';
import { START } from '../../unit/history/samples.ts';

export interface KilledWriter {
  /** Numbers of the rows that it had said were durable. */
  readonly acknowledged: readonly number[];
  /** Folds that it had done. */
  readonly folds: number;
  /** It was folding when it was killed. */
  readonly wasFolding: boolean;
}

/**
 * Runs the appender for a while after its first row, and kills it (SIGKILL).
 *
 * @param first number of its first row
 * @param duckDB which folds are done by it
 */
export async function appendAndKill(
  root: string,
  first: number,
  ms: number,
  duckDB: UseOfDuckDB = 'WhenLarge',
): Promise<KilledWriter> {
  const script = join(import.meta.dirname, 'appender.ts');
  const child = spawn(process.execPath, [script, root, String(first), String(START), '3', duckDB], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  await sleep(ms);
  child.kill('SIGKILL');
  await closed;
  const lines = output.split('\n').slice(0, -1);
  return {
    acknowledged: lines.filter((line) => /^\d+$/.test(line)).map(Number),
    folds: lines.filter((line) => line === 'folded').length,
    wasFolding: lines.at(-1) === 'fold',
  };
}

export interface Verdict {
  /** Acknowledged rows that are not read as they were written. */
  readonly lost: readonly number[];
  readonly lostRuns: readonly number[];
  /** Files that cannot be read. */
  readonly problems: readonly HistoryProblem[];
  readonly files: number;
}

export async function verify(root: string, acknowledged: readonly number[]): Promise<Verdict> {
  const store = await HistoryStore.open(root, { now: () => START, readOnly: true });
  const { time = [], load } = (await store.read()).get('a') ?? {};
  const cpuAt = new Map([...time].map((t, i) => [t - START, load?.cpu[i]]));
  const runs = await store.readTaskRuns();
  const usedAt = new Map([...runs.end].map((end, i) => [end - START, runs.used.cpu[i]]));
  const { damaged, files } = await store.stat();
  return {
    lost: acknowledged.filter((row) => cpuAt.get(row) !== row),
    lostRuns: acknowledged.filter((row) => row % 3 === 0 && usedAt.get(row) !== row),
    problems: damaged,
    files,
  };
}
