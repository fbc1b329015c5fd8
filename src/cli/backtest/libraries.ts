/**
 * The models of a backtest that are beside the core. Those that learn are trained anew for each fold of the tasks (the
 * first origins of all series, the second ones, …), on nothing but rows before the series' origin in that fold.
 */
import { LSTM } from '../../core/forecast/experts/lstm.ts';
import { LIBRARY_NAMES } from '../../core/forecast/index.ts';
import type { ModelLibrary } from '../../core/forecast/index.ts';
import type { LstmWeights } from '../../core/forecast/lstm/weights.ts';
import { loadAugurs } from '../../ml/augurs.ts';
import { createLibrary } from '../../ml/library.ts';
import type { KnownSeries } from '../../ml/known-series.ts';
import { LSTM_TRAINING, trainLstm } from '../../ml/lstm/trainer.ts';
import { loadTensorFlow } from '../../ml/tensorflow/backend.ts';
import type { Backend } from '../../ml/tensorflow/backend.ts';
import { InputError } from '../support/errors.ts';
import { ProgressBar } from '../support/progress.ts';
import type { Task } from './tasks.ts';
import { capacityOf } from './traces.ts';
import type { Trace } from './traces.ts';

/** The library for a task. */
export type LibraryOf = (task: Task) => ModelLibrary;

export async function librariesFor(
  models: readonly string[],
  tasks: readonly Task[],
  traces: ReadonlyMap<string, Trace>,
  steps = LSTM_TRAINING.steps,
): Promise<LibraryOf> {
  const others = models.some((name) => name !== LSTM && LIBRARY_NAMES.includes(name))
    ? await loadAugurs()
    : [];
  if (!models.includes(LSTM)) {
    const library = createLibrary({ others });
    return () => library;
  }
  const backend = await tensorFlow();
  const foldOf = foldsOf(tasks);
  const folds = Map.groupBy(tasks, foldOf);
  const grids = new Set(tasks.map((task) => traces.get(task.series)?.series.stepSeconds ?? 0));
  const progress = new ProgressBar(`training, ${backend.name}`, folds.size * grids.size * steps);
  const trained = new Map<number, ModelLibrary>();
  for (const [fold, ofFold] of folds) trained.set(fold, createLibrary({ lstms: trainFold(ofFold), others }));
  return (task) => trained.get(foldOf(task)) ?? createLibrary({});

  function trainFold(ofFold: readonly Task[]): LstmWeights[] {
    const byGrid = Map.groupBy(ofFold, (task) => traces.get(task.series)?.series.stepSeconds ?? 0);
    return [...byGrid].flatMap(([stepSeconds, ofGrid]) => {
      const horizon = Math.max(...ofGrid.map((task) => task.steps));
      const series = ofGrid.flatMap((task) => trainingSeries(task, traces.get(task.series)));
      const result = trainLstm(
        backend,
        series,
        { stepSeconds, horizon },
        {
          ...LSTM_TRAINING,
          steps,
          seconds: () => performance.now() / 1000,
          onStep: () => progress.advance(),
        },
      );
      return result === undefined ? [] : [result.weights];
    });
  }
}

async function tensorFlow(): Promise<Backend> {
  const { backend, missing } = await loadTensorFlow();
  if (backend === undefined) {
    throw new InputError(`--model ${LSTM}: TensorFlow.js cannot be loaded here: ${missing.join('; ')}`);
  }
  return backend;
}

/** What is known at the task's origin, and no more. */
function trainingSeries(task: Task, trace: Trace | undefined): KnownSeries[] {
  if (trace === undefined) return [];
  const { resource, series } = trace;
  const known = { ...series, values: series.values.slice(0, task.origin) };
  return [{ series: known, resource, capacity: capacityOf(known.values), endRow: task.origin }];
}

/** The how-many-th origin of its series a task has, from the first on. */
export function foldsOf(tasks: readonly Task[]): (task: Task) => number {
  const origins = new Map<string, number[]>();
  for (const [series, own] of Map.groupBy(tasks, (task) => task.series)) {
    origins.set(
      series,
      [...new Set(own.map((task) => task.origin))].sort((a, b) => a - b),
    );
  }
  return (task) => origins.get(task.series)?.indexOf(task.origin) ?? 0;
}
