/** What the worker thread does: reads the history, trains, and saves what is worth it. */
import { SHIPPED_GATES } from '../../core/forecast/gate/shipped.generated.ts';
import { unpackWeights } from '../../core/forecast/gate/weights.ts';
import { EXPERTS } from '../../core/forecast/experts/index.ts';
import { gatherSeries } from '../../core/forecast/index.ts';
import { RESOURCES, type ResourceVector } from '../../core/resources.ts';
import { HistoryStore, type HistoryStorage } from '../../history/index.ts';
import { systemClock } from '../../runtime/index.ts';
import { trainBetterGates } from '../gate/better.ts';
import { LSTM_TRAINING, trainLstm } from '../lstm/trainer.ts';
import type { KnownSeries } from '../known-series.ts';
import { loadTensorFlow } from '../tensorflow/backend.ts';
import type { TrainingJob, TrainingResult } from './job.ts';
import { saveGates, saveLstm } from './saved-models.ts';

/** Throws where nothing can be trained at all: no backend of TensorFlow.js, no history that can be read. */
export async function train(job: TrainingJob): Promise<TrainingResult> {
  const start = systemClock.monotonic();
  const capacities = new Map(job.nodes.map(({ name, capacity }) => [name, capacity]));
  const store = await HistoryStore.open(job.history, {
    now: () => job.now,
    capacityOf: (name) => capacities.get(name),
    readOnly: true,
    ...(job.bucket === undefined ? {} : { bucket: job.bucket }),
  });
  const series = await readSeries(store, capacities, job);
  const trainOn = job.model === 'LSTM' ? trainLstmOn : trainGatesOn;
  const result = await trainOn(series, job, store.storage);
  await store.close();
  return { ...result, model: job.model, seconds: (systemClock.monotonic() - start) / 1000 };
}

type Outcome = Omit<TrainingResult, 'model' | 'seconds'>;

async function trainLstmOn(
  series: readonly KnownSeries[],
  job: TrainingJob,
  storage: HistoryStorage,
): Promise<Outcome> {
  const { backend, missing } = await loadTensorFlow();
  if (backend === undefined) throw new Error(`TensorFlow.js cannot be loaded: ${missing.join('; ')}`);
  const grid = { stepSeconds: job.stepSeconds, horizon: job.horizon };
  const trained = trainLstm(backend, series, grid, {
    ...LSTM_TRAINING,
    steps: Math.ceil(LSTM_TRAINING.steps * (job.effort ?? 1)),
    mostSeconds: job.mostSeconds,
    seconds: () => systemClock.monotonic() / 1000,
  });
  const common = { backend: backend.name, missing };
  if (trained === undefined) return { ...common, outcome: 'TooShort', series: 0 };
  await saveLstm(storage, job.now, trained.weights);
  const { firstLoss, lastLoss } = trained;
  return { ...common, outcome: 'Saved', series: trained.series, lossBefore: firstLoss, lossAfter: lastLoss };
}

async function trainGatesOn(
  series: readonly KnownSeries[],
  job: TrainingJob,
  storage: HistoryStorage,
): Promise<Outcome> {
  const names = EXPERTS.map(({ name }) => name);
  const shipped = SHIPPED_GATES.map((packed) => unpackWeights(packed, names));
  const found = trainBetterGates(series, shipped, { horizon: job.horizon, effort: job.effort ?? 1 });
  const common = { backend: 'plain', missing: [] } as const;
  if (found === undefined) return { ...common, outcome: 'TooShort', series: 0 };
  const { gates, lossOfShipped, loss } = found;
  const isBetter = loss < lossOfShipped;
  await saveGates(storage, job.now, isBetter ? gates : []);
  return {
    ...common,
    outcome: isBetter ? 'Saved' : 'NoBetter',
    series: found.series,
    lossBefore: lossOfShipped,
    lossAfter: loss,
  };
}

async function readSeries(
  store: HistoryStore,
  capacities: ReadonlyMap<string, ResourceVector>,
  { now, windowMs, stepSeconds }: TrainingJob,
): Promise<KnownSeries[]> {
  const from = now - windowMs;
  const histories = await store.read({ from, to: now, nodes: [...capacities.keys()] });
  return [...histories.values()].flatMap(({ node, time, load }) =>
    RESOURCES.flatMap((resource) => {
      const capacity = capacities.get(node)?.[resource] ?? 0;
      const series = gatherSeries({ time, values: load[resource] }, { from, to: now, stepSeconds });
      const first = series.values.findIndex((value) => !Number.isNaN(value));
      if (capacity <= 0 || first === -1) return [];
      const known = {
        startTime: series.startTime + first * stepSeconds * 1000,
        stepSeconds,
        values: series.values.subarray(first),
      };
      return [{ series: known, resource, capacity, endRow: known.values.length }];
    }),
  );
}
