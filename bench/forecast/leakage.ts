/**
 * Does a forecast know anything of what it forecasts? `node bench/forecast/leakage.ts --history DIR --tasks FILE`.
 *
 * Every task is forecast twice, the same way as by `foreshard backtest`: on the history as it is, and on one of which
 * every row at or after the task's origin, of all series, is garbage. Models that learn are trained anew for both.
 * Both forecasts must agree in every byte; the first is scored.
 */
import { parseArgs } from 'node:util';
import { forecastTask } from '../../src/cli/backtest/forecast-task.ts';
import { foldsOf, librariesFor } from '../../src/cli/backtest/libraries.ts';
import { scoreTask } from '../../src/cli/backtest/scores.ts';
import type { TaskScore } from '../../src/cli/backtest/scores.ts';
import { scoreTable } from '../../src/cli/backtest/table.ts';
import { readTasks } from '../../src/cli/backtest/tasks.ts';
import type { Task } from '../../src/cli/backtest/tasks.ts';
import { readTraces } from '../../src/cli/backtest/traces.ts';
import type { Trace } from '../../src/cli/backtest/traces.ts';
import { seededRandom } from '../../src/runtime/random.ts';

const { values: options } = parseArgs({
  options: {
    history: { type: 'string' },
    tasks: { type: 'string' },
    model: { type: 'string', multiple: true, default: ['Auto', 'LSTM'] },
    /** Of the LSTM: fewer are as good a check, and worse forecasts. */
    steps: { type: 'string' },
  },
});
const { history, tasks: file } = options;
if (history === undefined || file === undefined) throw new Error('--history DIR and --tasks FILE are needed');
const steps = options.steps === undefined ? undefined : Number(options.steps);

type Traces = ReadonlyMap<string, Trace>;

const traces: Traces = new Map((await readTraces(history, () => Date.now())).map((t) => [t.name, t]));
const tasks = await readTasks(file, traces);
const scores: TaskScore[] = [];
let differing = 0;

/** A fold holds one origin of each series. */
for (const [fold, ofFold] of Map.groupBy(tasks, foldsOf(tasks))) {
  const spoiled = spoil(traces, ofFold);
  const libraryOf = await librariesFor(options.model, ofFold, traces, steps);
  const spoiledLibraryOf = await librariesFor(options.model, ofFold, spoiled, steps);
  for (const task of ofFold) {
    const [trace, garbage] = [traces.get(task.series), spoiled.get(task.series)];
    if (trace === undefined || garbage === undefined) continue;
    for (const model of options.model) {
      const forecast = forecastTask(trace, task, model, libraryOf(task));
      const blind = forecastTask(garbage, task, model, spoiledLibraryOf(task));
      if (Buffer.compare(Buffer.from(forecast.values.buffer), Buffer.from(blind.values.buffer)) !== 0) {
        differing += 1;
        console.log(
          `${model} knows of the future of ${task.series} at row ${task.origin} (fold ${fold + 1})`,
        );
      }
      const score = scoreTask(model, trace.resource, task, trace.series.values, forecast);
      if (score !== undefined) scores.push(score);
    }
  }
}
console.log(scoreTable(scores, options.model));
const count = tasks.length * options.model.length;
console.log(`${count - differing} of ${count} forecasts are the same, byte by byte, without the future`);
if (differing > 0) process.exitCode = 1;

/** Garbage of every kind from the origin on: too large, negative, not a number. */
function spoil(all: Traces, ofFold: readonly Task[]): Traces {
  const random = seededRandom(7);
  const origins = new Map(ofFold.map((task) => [task.series, task.origin]));
  const garbage = (): number => (random() < 0.2 ? NaN : 1e6 * (random() - 0.3));
  return new Map(
    [...all].map(([name, trace]) => {
      const origin = origins.get(name) ?? 0;
      const values = trace.series.values.map((value, row) => (row < origin ? value : garbage()));
      return [name, { ...trace, series: { ...trace.series, values } }];
    }),
  );
}
