/**
 * What forecasting a cluster costs, against its size and against others.
 *
 *   node bench/forecast/scale.ts [--nodes 250,500,1000,2000] [--python PYTHON [--sample 8] [--models prophet,mstl,autoets]] [--json]
 *
 * Nodes carry generated loads of four resources, 14 days of 5-minute rows each. Every number of nodes is measured in a
 * process of its own, without a thread for forecasts, so that CPU seconds and the peak of memory are of all that the
 * operator does: loads in memory, and of these
 *
 *   cold     the first pass, in which origins of the last days are judged
 *   update   one new sample of every node, taken into memory and held against the forecast in force
 *   steady   a pass as the operator makes it from then on, an hour later
 *   restart  the first pass of a process that has read what the one before had learned
 *   save     writing that as bytes
 *
 * The exponent is the slope of the logarithm of CPU seconds over that of nodes: 1 is linear. With a Python that has
 * prophet, statsforecast and pyarrow, `peers.py` forecasts some of the same series, with the same horizon.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { DriftWatch } from '../../src/controllers/forecaster/drift-watch.ts';
import { Forecasts } from '../../src/controllers/forecaster/engine/forecasts.ts';
import { LoadBook } from '../../src/controllers/forecaster/load-book.ts';
import type { QuantileForecast } from '../../src/core/forecast/index.ts';
import { RESOURCES, byResource } from '../../src/core/resources.ts';
import type { Resource } from '../../src/core/resources.ts';
import { encodeParquet } from '../../src/history/encode.ts';
import { STEP_SECONDS, syntheticLoad, timeOf } from './synthetic.ts';

const run = promisify(execFile);

const ROWS = 14 * 288;
const HOUR_ROWS = 12;
const WINDOW_MS = 14 * 86_400_000;
const ANSWER = { stepSeconds: 900, steps: 96 } as const;

const { values: options } = parseArgs({
  options: {
    nodes: { type: 'string', default: '250,500,1000,2000' },
    python: { type: 'string' },
    sample: { type: 'string', default: '8' },
    models: { type: 'string', default: 'prophet,mstl,autoets' },
    json: { type: 'boolean', default: false },
    measure: { type: 'string' },
  },
});

interface Measurement {
  readonly nodes: number;
  readonly series: number;
  readonly coldCpuSeconds: number;
  readonly updateCpuSeconds: number;
  readonly steadyCpuSeconds: number;
  readonly restartCpuSeconds: number;
  readonly saveCpuSeconds: number;
  readonly savedMiB: number;
  readonly peakRssMiB: number;
}

interface PeerMeasurement {
  readonly model: string;
  readonly series: number;
  readonly cpuSecondsPerSeries: number;
}

if (options.measure === undefined) await compare();
else console.log(JSON.stringify(measure(Number(options.measure))));

function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function nameOf(node: number): string {
  return `node-${node}`;
}

function measure(nodes: number): Measurement {
  const book = new LoadBook(WINDOW_MS, STEP_SECONDS);
  const drift = new DriftWatch(0);
  const inForce = new Map<number, ReadonlyMap<Resource, QuantileForecast>>();
  const time = Float64Array.from({ length: ROWS }, (_, row) => timeOf(row));
  for (let node = 0; node < nodes; node++) {
    const load = byResource((resource) => syntheticLoad(resource, node, ROWS));
    book.load([{ node: nameOf(node), time, load }]);
  }
  const later = Array.from({ length: nodes }, (_, node) =>
    byResource((resource) => syntheticLoad(resource, node, ROWS + HOUR_ROWS).slice(ROWS)),
  );
  const sampleOf = (node: number, row: number): Record<Resource, number> =>
    byResource((resource) => later[node]?.[resource][row] ?? 0);

  const pass = (forecasts: Forecasts, rows: number): void => {
    const startTime = timeOf(rows);
    for (let node = 0; node < nodes; node++) {
      const answers = forecasts.forecast({
        node: nameOf(node),
        series: RESOURCES.map((resource) => ({
          resource,
          series: book.series(nameOf(node), resource, { from: startTime - WINDOW_MS, to: startTime }),
          capacity: 1,
          startTime,
          ...ANSWER,
          model: 'Auto',
        })),
      });
      inForce.set(
        node,
        new Map(
          RESOURCES.flatMap((resource, i) => {
            const forecast = answers[i]?.forecast;
            return forecast === undefined ? [] : [[resource, forecast]];
          }),
        ),
      );
    }
  };
  const observe = (row: number): void => {
    for (let node = 0; node < nodes; node++) {
      const load = sampleOf(node, row);
      book.append(nameOf(node), timeOf(ROWS + row), load);
      drift.observe(nameOf(node), timeOf(ROWS + row), load, inForce.get(node) ?? new Map());
    }
  };

  const forecasts = new Forecasts(STEP_SECONDS);
  const cold = cpuSeconds(() => pass(forecasts, ROWS));
  let saved: Uint8Array | undefined;
  const save = cpuSeconds(() => (saved = forecasts.save()));
  const update = cpuSeconds(() => observe(0));
  for (let row = 1; row < HOUR_ROWS; row++) observe(row);
  const steady = cpuSeconds(() => pass(forecasts, ROWS + HOUR_ROWS));
  const restart = cpuSeconds(() => {
    const restarted = new Forecasts(STEP_SECONDS);
    if (saved !== undefined) restarted.load(saved, timeOf(ROWS));
    pass(restarted, ROWS + HOUR_ROWS);
  });
  return {
    nodes,
    series: nodes * RESOURCES.length,
    coldCpuSeconds: cold,
    updateCpuSeconds: update,
    steadyCpuSeconds: steady,
    restartCpuSeconds: restart,
    saveCpuSeconds: save,
    savedMiB: (saved?.length ?? 0) / 2 ** 20,
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
  };
}

async function compare(): Promise<void> {
  const measurements: Measurement[] = [];
  for (const nodes of options.nodes.split(',')) {
    const { stdout } = await run(process.execPath, [import.meta.filename, '--measure', nodes]);
    measurements.push(JSON.parse(stdout) as Measurement);
  }
  const peers = options.python === undefined ? [] : await measurePeers(options.python);
  const exponents = {
    cold: exponent(measurements.map((m) => [m.nodes, m.coldCpuSeconds])),
    steady: exponent(measurements.map((m) => [m.nodes, m.steadyCpuSeconds])),
  };
  if (options.json) {
    console.log(JSON.stringify({ measurements, exponents, peers }));
    return;
  }
  console.log('NODES  SERIES  COLD s  ms/SERIES  UPDATE s  STEADY s  RESTART s  SAVE s  SAVED MiB  PEAK MiB');
  for (const m of measurements) {
    const cells: [string, number][] = [
      [String(m.nodes), 5],
      [String(m.series), 8],
      [m.coldCpuSeconds.toFixed(1), 8],
      [((1000 * m.coldCpuSeconds) / m.series).toFixed(1), 11],
      [m.updateCpuSeconds.toFixed(2), 10],
      [m.steadyCpuSeconds.toFixed(1), 10],
      [m.restartCpuSeconds.toFixed(1), 11],
      [m.saveCpuSeconds.toFixed(2), 8],
      [m.savedMiB.toFixed(1), 11],
      [m.peakRssMiB.toFixed(0), 10],
    ];
    console.log(cells.map(([cell, width]) => cell.padStart(width)).join(''));
  }
  if (measurements.length > 1)
    console.log(
      `exponent of CPU over nodes: cold ${exponents.cold.toFixed(2)}, steady ${exponents.steady.toFixed(2)}`,
    );
  const largest = measurements.at(-1);
  for (const { model, series, cpuSecondsPerSeries } of peers) {
    const own = largest === undefined ? NaN : largest.coldCpuSeconds / largest.series;
    console.log(
      `${model}: ${cpuSecondsPerSeries.toFixed(3)} CPU s a series (mean of ${series}), ${Math.round(cpuSecondsPerSeries / own)} times the cold pass`,
    );
  }
}

/** Least squares on logarithms. */
function exponent(points: readonly (readonly [x: number, y: number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const meanX = logs.reduce((sum, [x]) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, [, y]) => sum + y, 0) / logs.length;
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

async function measurePeers(python: string): Promise<PeerMeasurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'foreshard-peers-'));
  try {
    const columns = [
      { name: 'time', kind: 'timestamp', optional: false } as const,
      ...RESOURCES.map((name) => ({ name, kind: 'double', optional: true }) as const),
    ];
    for (let node = 0; node < Number(options.sample) / RESOURCES.length; node++) {
      const load = byResource((resource) => syntheticLoad(resource, node, ROWS));
      const rows = Array.from({ length: ROWS }, (_, row) => ({
        time: timeOf(row),
        ...byResource((resource) => load[resource][row] ?? 0),
      }));
      await writeFile(join(folder, `${nameOf(node)}.parquet`), await encodeParquet(columns, rows));
    }
    const script = join(import.meta.dirname, 'peers.py');
    const horizon = String((ANSWER.steps * ANSWER.stepSeconds) / STEP_SECONDS);
    const { stdout } = await run(python, [script, folder, horizon, options.models]);
    return JSON.parse(stdout) as PeerMeasurement[];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
