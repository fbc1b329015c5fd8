/**
 * What forecasting a cluster costs: `node --expose-gc bench/forecast/scale.ts [--nodes 250,500,1000,2000]`.
 *
 * Nodes carry generated loads (a rhythm of a day, noise, bursts, steps; seeded) of four resources, 14 days of 5-minute
 * rows each. Measured are: the first pass, in which the last days of every series are judged at once; a new sample of
 * every node, taken into memory and held against the forecast; and a pass as the operator makes it from then on, an hour
 * later. CPU seconds of this process, one line of JSON for each number of nodes: run each in a process of its own for
 * its peak of memory.
 */
import { parseArgs } from 'node:util';
import { DriftWatch } from '../../src/controllers/forecaster/drift-watch.ts';
import { LoadBook } from '../../src/controllers/forecaster/load-book.ts';
import { forecastSeries, memoryFor, seriesEnd } from '../../src/core/forecast/index.ts';
import type { QuantileForecast, Series, SeriesMemory } from '../../src/core/forecast/index.ts';
import { RESOURCES } from '../../src/core/resources.ts';
import type { Resource } from '../../src/core/resources.ts';
import { seededRandom } from '../../src/runtime/random.ts';

const DAY = 288;
const ROWS = 14 * DAY;
const STEP_SECONDS = 300;
const START = Date.UTC(2026, 2, 1);

const { values: options } = parseArgs({
  options: { nodes: { type: 'string', default: '250,500,1000,2000' } },
});

/** Rows 0 … ROWS and one day more, so that time can go on. */
function generate(resource: Resource, node: number): Float64Array {
  const random = seededRandom(node * 4 + RESOURCES.indexOf(resource));
  const phase = random();
  const level = 0.1 + 0.5 * random();
  let allocated = Math.round(8 * random()) / 8;
  let burst = 0;
  return Float64Array.from({ length: ROWS + DAY }, (_, row) => {
    if (random() < 0.01) allocated = Math.round(8 * random()) / 8;
    burst = random() < 0.01 ? 0.3 * random() : burst * 0.9;
    const rhythm = 0.5 + 0.5 * Math.sin(2 * Math.PI * (row / DAY + phase));
    const load = resource === 'gpu' ? allocated : level * (0.4 + 0.6 * rhythm) + burst + 0.05 * random();
    return Math.min(1, load);
  });
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

interface Tracked {
  readonly node: string;
  readonly resource: Resource;
  readonly values: Float64Array;
  readonly memory: SeriesMemory;
  forecast?: QuantileForecast;
}

/** Forecasts every series from the rows before `end`. */
function pass(all: readonly Tracked[], end: number, steps: number): number {
  const before = cpuSeconds();
  for (const tracked of all) {
    const { resource, values, memory } = tracked;
    const startTime = START + (end - ROWS) * STEP_SECONDS * 1000;
    const series: Series = { startTime, stepSeconds: STEP_SECONDS, values: values.subarray(end - ROWS, end) };
    tracked.forecast = forecastSeries({
      series,
      resource,
      capacity: 1,
      startTime: seriesEnd(series),
      stepSeconds: 900,
      steps,
      memory,
    }).forecast;
  }
  return cpuSeconds() - before;
}

/** What the operator does with a sample of every node between two forecasts. */
function update(all: readonly Tracked[], row: number): number {
  const book = new LoadBook(14 * 86_400_000, STEP_SECONDS);
  const drift = new DriftWatch(0);
  const nodes = Map.groupBy(all, ({ node }) => node);
  const time = START + row * STEP_SECONDS * 1000;
  const sampleOf = (tracked: readonly Tracked[], at: number): Record<Resource, number> => {
    const load: Record<Resource, number> = { cpu: 0, memory: 0, gpu: 0, network: 0 };
    for (const { resource, values } of tracked) load[resource] = values[at] ?? 0;
    return load;
  };
  for (const [node, tracked] of nodes) {
    for (let at = 0; at < ROWS; at++)
      book.append(node, START + at * STEP_SECONDS * 1000, sampleOf(tracked, at));
  }
  const before = cpuSeconds();
  for (const [node, tracked] of nodes) {
    const load = sampleOf(tracked, row);
    book.append(node, time, load);
    const inForce = new Map(
      tracked.flatMap(({ resource, forecast }) => (forecast === undefined ? [] : [[resource, forecast]])),
    );
    drift.observe(node, time, load, inForce);
  }
  return cpuSeconds() - before;
}

for (const nodes of options.nodes.split(',').map(Number)) {
  const all: Tracked[] = Array.from({ length: nodes }, (_, node) =>
    RESOURCES.map((resource) => ({
      node: `node-${node}`,
      resource,
      values: generate(resource, node),
      memory: memoryFor(),
    })),
  ).flat();
  const first = pass(all, ROWS, 96);
  const sample = update(all, ROWS);
  const steady = pass(all, ROWS + 12, 96);
  console.log(
    JSON.stringify({
      nodes,
      series: all.length,
      firstPassCpuSeconds: round(first),
      sampleCpuSeconds: round(sample),
      passCpuSeconds: round(steady),
      peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
