/**
 * A large history: made (unless it is there), read whole, and read for its last day, by the store without and with the
 * optional DuckDB, and by pyarrow and DuckDB where a Python that has them is given. Every reading is a process of its own, in one thread, one after the
 * other; times and memory are of the whole process.
 *
 *   node bench/history/scale.ts --dir DIR [--nodes 1000] [--days 30] [--runs 3] [--python PYTHON] [--json]
 *
 * 1,000 nodes, 30 days and a sample every 5 minutes are 8.64 million rows. Exits with 1 when the readers do not agree.
 */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { duckDBVersion } from '../../src/history/duckdb/duckdb.ts';
import { HistoryStore } from '../../src/history/index.ts';
import type { NodeSample } from '../../src/history/index.ts';

const run = promisify(execFile);

const DAY_MS = 86_400_000;
const STEP_MS = 300_000;
const START = Date.UTC(2026, 2, 1);
const CAPACITY = { cpu: 64, memory: 256 * 2 ** 30, gpu: 8, network: 10e9 };

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    nodes: { type: 'string', default: '1000' },
    days: { type: 'string', default: '30' },
    runs: { type: 'string', default: '3' },
    python: { type: 'string' },
    json: { type: 'boolean', default: false },
    measure: { type: 'string' },
    engine: { type: 'string' },
  },
});
const directory = values.dir;
if (directory === undefined) {
  console.error(
    'usage: node bench/history/scale.ts --dir DIR (a folder for the history; 500 MB for 8.64 M rows)',
  );
  process.exit(2);
}
const [nodes, days] = [Number(values.nodes), Number(values.days)];
const end = START + days * DAY_MS;

/** The store, where `@duckdb/node-api` is installed. */
const THROUGH_DUCKDB = 'foreshard+duckdb';

interface Measurement {
  readonly rows: number;
  readonly cpuSum: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

if (values.measure === undefined) await compare(directory);
else if (values.measure === 'write') await measured(() => write(directory));
else await measured(() => read(directory, values.measure === 'last-day' ? end - DAY_MS : START));

/** How the store reads: by itself, or through DuckDB. */
function engineOf(): 'Never' | 'Always' {
  return values.engine === 'duckdb' ? 'Always' : 'Never';
}

/** The same for every run: a day's shape, a node's level, and noise in steps that metrics have. */
function loadOf(node: number, step: number, factor: number): number {
  const noise = (Math.imul(node * 73_856_093 + step * 19_349_663 + factor, 2_246_822_519) >>> 0) / 2 ** 32;
  const share = 0.4 + 0.25 * Math.sin((2 * Math.PI * (step % 288)) / 288 + (node % 7)) + 0.2 * noise;
  return Math.round(share * factor * 1e4) / 1e4;
}

async function write(root: string): Promise<{ rows: number; cpuSum: number }> {
  const store = await HistoryStore.open(root, { now: () => end });
  const names = Array.from(
    { length: nodes },
    (_, i) => `node-${String(i).padStart(4, '0')}.eu-west-1.internal`,
  );
  const steps = DAY_MS / STEP_MS;
  let cpuSum = 0;
  for (let day = 0; day < days; day++) {
    const samples: NodeSample[] = [];
    for (let step = day * steps; step < (day + 1) * steps; step++) {
      names.forEach((node, i) => {
        const cpu = loadOf(i, step, 16);
        cpuSum += cpu;
        const load = {
          cpu,
          memory: loadOf(i, step, 64),
          gpu: loadOf(i, step, 1),
          network: loadOf(i, step, 1000),
        };
        samples.push({ time: START + step * STEP_MS, node, load, capacity: CAPACITY });
      });
    }
    await store.append(samples);
  }
  return { rows: nodes * days * steps, cpuSum };
}

async function read(root: string, from: number): Promise<{ rows: number; cpuSum: number }> {
  const store = await HistoryStore.open(root, { now: () => end, readOnly: true, duckDB: engineOf() });
  let [rows, cpuSum] = [0, 0];
  for (const { time, load } of (await store.read({ from })).values()) {
    rows += time.length;
    for (const cpu of load.cpu) cpuSum += cpu;
  }
  return { rows, cpuSum };
}

async function measured(work: () => Promise<{ rows: number; cpuSum: number }>): Promise<void> {
  const result = await work();
  const { user, system } = process.cpuUsage();
  const measurement: Measurement = {
    ...result,
    wallSeconds: performance.now() / 1000, // since the process began
    cpuSeconds: (user + system) / 1e6,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
  console.log(JSON.stringify(measurement));
}

async function compare(root: string): Promise<void> {
  const own = (what: string, reader = 'foreshard'): Promise<Measurement> =>
    child(process.execPath, [
      import.meta.filename,
      ...['--dir', root, '--nodes', String(nodes), '--days', String(days), '--measure', what],
      ...(reader === THROUGH_DUCKDB ? ['--engine', 'duckdb'] : []),
    ]);
  const ownReaders = ['foreshard', ...((await duckDBVersion()) === undefined ? [] : [THROUGH_DUCKDB])];
  const results: { reader: string; what: string; runs: Measurement[] }[] = [];
  const isThere = await access(join(root, 'samples')).then(
    () => true,
    () => false,
  );
  if (!isThere) results.push({ reader: 'foreshard', what: 'write', runs: [await own('write')] });
  const { python } = values;
  const script = join(import.meta.dirname, 'scale.py');
  for (const what of ['read', 'last-day']) {
    const from = String(what === 'read' ? START : end - DAY_MS);
    for (const reader of [...ownReaders, ...(python === undefined ? [] : ['pyarrow', 'duckdb'])]) {
      const runs: Measurement[] = [];
      for (let i = 0; i < Number(values.runs); i++) {
        runs.push(
          python === undefined || ownReaders.includes(reader)
            ? await own(what, reader)
            : await child(python, [script, reader, what, root, from]),
        );
      }
      results.push({ reader, what, runs });
    }
  }
  console.log(values.json ? JSON.stringify(results) : results.map(line).join('\n'));
  process.exitCode = results.every(({ what, runs }) => agree(what, runs)) ? 0 : 1;

  function agree(what: string, runs: readonly Measurement[]): boolean {
    const first = results.find((result) => result.what === what)?.runs[0];
    const isSame = ({ rows, cpuSum }: Measurement): boolean =>
      rows === first?.rows && Math.abs(cpuSum - first.cpuSum) < 1e-6 * first.cpuSum;
    return runs.every(isSame);
  }
}

async function child(program: string, args: readonly string[]): Promise<Measurement> {
  const { stdout } = await run(program, args);
  return JSON.parse(stdout) as Measurement;
}

function line({
  reader,
  what,
  runs,
}: {
  reader: string;
  what: string;
  runs: readonly Measurement[];
}): string {
  const spread = (of: (m: Measurement) => number): string => {
    const sorted = runs.map(of).sort((a, b) => a - b);
    const [lowest = NaN, median = NaN, highest = NaN] = [
      sorted[0],
      sorted[Math.floor(sorted.length / 2)],
      sorted.at(-1),
    ];
    return `${median.toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
  };
  return [
    what.padEnd(9),
    reader.padEnd(16),
    `${String(runs[0]?.rows ?? 0)} rows`.padEnd(14),
    `CPU s ${spread((m) => m.cpuSeconds)}`.padEnd(32),
    `wall s ${spread((m) => m.wallSeconds)}`.padEnd(33),
    `peak MB ${spread((m) => m.peakBytes / 1e6)}`,
  ].join(' ');
}
