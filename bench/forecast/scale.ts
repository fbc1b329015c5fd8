/**
 * What forecasting a cluster costs: `node --expose-gc bench/forecast/scale.ts [--nodes 250,500,1000,2000]`.
 *
 * Nodes carry generated loads (a rhythm of a day, noise, bursts, steps; seeded) of four resources, 14 days of 5-minute
 * rows each. Measured are: the first pass, in which the last days of every series are judged at once; a sample more for
 * each series with what has come judged; and a pass as the operator makes it from then on. CPU seconds of this process,
 * one line of JSON for each number of nodes.
 */
import { parseArgs } from 'node:util';
import { forecastSeries, memoryFor, seriesEnd } from '../../src/core/forecast/index.ts';
import type { Series, SeriesMemory } from '../../src/core/forecast/index.ts';
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
  readonly resource: Resource;
  readonly values: Float64Array;
  readonly memory: SeriesMemory;
}

/** Forecasts every series from the rows before `end`. */
function pass(all: readonly Tracked[], end: number, steps: number): number {
  const before = cpuSeconds();
  for (const { resource, values, memory } of all) {
    const startTime = START + (end - ROWS) * STEP_SECONDS * 1000;
    const series: Series = { startTime, stepSeconds: STEP_SECONDS, values: values.subarray(end - ROWS, end) };
    forecastSeries({
      series,
      resource,
      capacity: 1,
      startTime: seriesEnd(series),
      stepSeconds: 900,
      steps,
      memory,
    });
  }
  return cpuSeconds() - before;
}

for (const nodes of options.nodes.split(',').map(Number)) {
  const all: Tracked[] = Array.from({ length: nodes }, (_, node) =>
    RESOURCES.map((resource) => ({ resource, values: generate(resource, node), memory: memoryFor() })),
  ).flat();
  const first = pass(all, ROWS, 96);
  const steady = pass(all, ROWS + 12, 96);
  console.log(
    JSON.stringify({
      nodes,
      series: all.length,
      firstPassCpuSeconds: round(first),
      passCpuSeconds: round(steady),
      peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
