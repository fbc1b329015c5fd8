/** `foreshard backtest`: rolling-origin forecasts of a history, and how good they would have been. */
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { Command } from 'commander';
import { DECILES, MODEL_NAMES } from '../core/forecast/index.ts';
import type { QuantileForecast } from '../core/forecast/index.ts';
import { forecastTask } from './backtest/forecast-task.ts';
import { forecastsCsv } from './backtest/forecasts-csv.ts';
import { librariesFor } from './backtest/libraries.ts';
import { plotPage } from './backtest/plot.ts';
import type { PlottedTask } from './backtest/plot.ts';
import { scoreTask } from './backtest/scores.ts';
import type { TaskScore } from './backtest/scores.ts';
import { scoreTable } from './backtest/table.ts';
import { defaultTasks, readTasks } from './backtest/tasks.ts';
import type { Task } from './backtest/tasks.ts';
import { readTraces } from './backtest/traces.ts';
import type { Trace } from './backtest/traces.ts';
import { InputError } from './support/errors.ts';
import { withExamples } from './support/help.ts';
import { ProgressBar } from './support/progress.ts';

interface Options {
  history: string;
  tasks?: string;
  out?: string;
  plot?: string;
  model: string[];
}

export function backtestCommand(): Command {
  const command = new Command('backtest')
    .description('Forecast a history from origins in its past, and score what would have been said.')
    .requiredOption('--history <dir>', "the operator's history, or one <node>.parquet per node")
    .option('--tasks <file>', 'series, origins and horizons (CSV); without it the last days of every series')
    .option('--out <file>', "the first model's forecasts, as CSV")
    .option('--plot <file>', "the first model's forecasts against what came, as a web page")
    .option('--model <name...>', `of ${['Auto', ...MODEL_NAMES].join(', ')}`, ['Auto'])
    .action(backtest);
  return withExamples(
    command,
    'backtest --history /var/lib/foreshard/history',
    'backtest --history traces --tasks tasks.csv --out forecasts.csv',
    'backtest --history traces --model Auto LastValue SeasonalNaive',
  );
}

async function backtest(options: Options): Promise<void> {
  const unknown = options.model.find((name) => name !== 'Auto' && !MODEL_NAMES.includes(name));
  if (unknown !== undefined) {
    throw new InputError(`--model ${unknown}: there are ${['Auto', ...MODEL_NAMES].join(', ')}`);
  }
  const traces = new Map(
    (await readTraces(options.history, () => Date.now())).map((trace) => [trace.name, trace]),
  );
  const tasks =
    options.tasks === undefined ? defaultTasks(traces.values()) : await readTasks(options.tasks, traces);
  if (tasks.length === 0) {
    throw new InputError(`--history ${options.history}: every series is too short to be tested`);
  }

  const libraryOf = await librariesFor(options.model, tasks, traces);

  const out = options.out === undefined ? undefined : createWriteStream(options.out);
  out?.write(forecastsCsv.head(DECILES));
  const progress = new ProgressBar('forecasts', tasks.length * options.model.length);
  const scores: TaskScore[] = [];
  const plotted: PlottedTask[] = [];
  for (const task of tasks) {
    const trace = traces.get(task.series);
    if (trace === undefined) continue;
    options.model.forEach((model, i) => {
      const forecast = forecastTask(trace, task, model, libraryOf(task));
      if (i === 0) out?.write(forecastsCsv.rows(task, forecast));
      const score = scoreTask(model, trace.resource, task, trace.series.values, forecast);
      if (score !== undefined) scores.push(score);
      if (i === 0 && options.plot !== undefined) plotted.push(plottedTask(trace, task, forecast, score));
      progress.advance();
    });
    await new Promise(setImmediate); // so that the bar is drawn and the file is written meanwhile
  }
  if (out !== undefined) await finished(out.end());
  if (options.plot !== undefined)
    await writeFile(options.plot, plotPage(options.model[0] ?? 'Auto', plotted));
  process.stdout.write(scoreTable(scores, options.model));
}

/** With as much of what was before as is forecast. */
function plottedTask(
  { series }: Trace,
  task: Task,
  forecast: QuantileForecast,
  score: TaskScore | undefined,
): PlottedTask {
  const { origin, steps } = task;
  return {
    title: `${task.series} from row ${origin}`,
    note:
      score === undefined
        ? 'nothing was measured'
        : `SQL ${score.sql.toFixed(3)}, MASE ${score.mase.toFixed(3)}, ${Math.round(100 * score.cov80)} % within the 80 % band`,
    before: series.values.slice(Math.max(0, origin - steps), origin),
    actual: series.values.slice(origin, origin + steps),
    forecast,
  };
}
