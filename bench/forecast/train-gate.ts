/**
 * Trains the gates that are shipped: `node bench/forecast/train-gate.ts --history DIR [--tasks FILE] [--leave-out SOURCE]`.
 *
 * Of a series with tasks only rows before its first origin are learned from; of the others only rows before where that
 * origin would be. Writes src/core/forecast/gate/shipped.generated.ts, or another file with --out.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readTasks } from '../../src/cli/backtest/tasks.ts';
import { capacityOf, readTraces } from '../../src/cli/backtest/traces.ts';
import { packWeights } from '../../src/core/forecast/gate/weights.ts';
import { DEFAULT_TRAINING, trainGate } from '../../src/ml/gate/trainer.ts';
import { Samples, collectSamples } from '../../src/ml/gate/samples.ts';

const { values: options } = parseArgs({
  options: {
    history: { type: 'string' },
    tasks: { type: 'string' },
    'leave-out': { type: 'string' },
    epochs: { type: 'string' },
    hidden: { type: 'string' },
    gates: { type: 'string', default: '3' },
    out: { type: 'string', default: 'src/core/forecast/gate/shipped.generated.ts' },
  },
});
if (options.history === undefined) throw new Error('--history DIR is missing');
const traces = new Map((await readTraces(options.history, () => Date.now())).map((t) => [t.name, t]));
const tasks = options.tasks === undefined ? [] : await readTasks(options.tasks, traces);

/** Horizons before the end at which the first origin lies, where a series has no task. */
const HELD_BACK = 5;
const samples = new Samples();
for (const { name, node, resource, series } of traces.values()) {
  const source = node.split('-')[0] ?? node;
  if (source === options['leave-out']) continue;
  const isLong = series.values.length * series.stepSeconds > 7 * 86_400;
  const horizon = isLong ? Math.round(86_400 / series.stepSeconds) : 60;
  const origins = tasks.filter((task) => task.series === name).map((task) => task.origin);
  const endRow = Math.min(series.values.length - HELD_BACK * horizon, ...origins);
  const capacity = capacityOf(series.values.slice(0, endRow));
  collectSamples({ series, resource, pool: `${source}/${resource}`, capacity, horizon, endRow }, samples);
}
console.error(`${samples.size} samples of ${traces.size} series`);

const packed = Array.from({ length: Number(options.gates) }, (_, i) =>
  packWeights(
    trainGate(samples, {
      ...DEFAULT_TRAINING,
      ...(options.epochs === undefined ? {} : { epochs: Number(options.epochs) }),
      ...(options.hidden === undefined ? {} : { hidden: Number(options.hidden) }),
      seed: i + 1,
      onEpoch: (epoch, loss) => console.error(`gate ${i + 1}, epoch ${epoch + 1}: loss ${loss.toFixed(4)}`),
    }),
  ),
);
await writeFile(
  options.out,
  `/** Made by bench/forecast/train-gate.ts; do not edit. */
import type { PackedWeights } from './weights.ts';

export const SHIPPED_GATES: readonly PackedWeights[] = ${JSON.stringify(packed, undefined, 2)};
`,
);
console.error(`${options.out}: ${packed.length} gates`);
