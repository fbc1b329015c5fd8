/**
 * Folds one day of a large cluster, as the operator does beside all else, and prints what it took and for how long at
 * most nothing else could run (a lease has to be renewed within 10 s):
 *
 *   node bench/history/fold.ts [--nodes 1000] [--interval 30] [--flush 300] [--duckdb] [--json]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { HistoryStore } from '../../src/history/index.ts';
import { sample } from '../../test/unit/history/samples.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 2, 1);

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1000' },
    interval: { type: 'string', default: '30' },
    flush: { type: 'string', default: '300' },
    duckdb: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const [nodes, intervalMs, flushMs] = [
  Number(values.nodes),
  Number(values.interval) * 1000,
  Number(values.flush) * 1000,
];
const names = Array.from({ length: nodes }, (_, i) => `node-${i}.eu-west-1.internal`);
const root = await mkdtemp(join(tmpdir(), 'foreshard-fold-'));
try {
  let now = START;
  const duckDB = values.duckdb ? 'Always' : 'Never';
  const store = await HistoryStore.open(root, { now: () => now, duckDB });
  for (; now < START + DAY_MS; now += flushMs) {
    const times = Array.from({ length: flushMs / intervalMs }, (_, i) => now + i * intervalMs);
    await store.append(times.flatMap((time) => names.map((node, i) => sample(node, time, (i % 160) / 10))));
  }
  const delay = monitorEventLoopDelay({ resolution: 20 });
  const [cpu, startedAt] = [process.cpuUsage(), performance.now()];
  delay.enable();
  const { foldedFiles } = await store.maintain();
  delay.disable();
  const { user, system } = process.cpuUsage(cpu);
  const result = {
    rows: (nodes * DAY_MS) / intervalMs,
    foldedFiles,
    cpuSeconds: (user + system) / 1e6,
    wallSeconds: (performance.now() - startedAt) / 1000,
    longestPauseSeconds: delay.max / 1e9,
    peakMB: process.resourceUsage().maxRSS / 1000,
  };
  console.log(
    values.json
      ? JSON.stringify(result)
      : Object.entries(result)
          .map(([name, value]) => `${name.padEnd(20)} ${Math.round(value * 100) / 100}`)
          .join('\n'),
  );
} finally {
  await rm(root, { recursive: true, force: true });
}
