/**
 * Trains models on the history, each in a thread of its own and no two at once, and puts what was trained to use.
 *
 * Trained is what the configuration lists and what a NodeForecast names. A model that is named and has no weights is
 * trained as soon as there is a day of history, the others when their period is over.
 */
import type { BucketOptions, HistoryStore } from '../../history/index.ts';
import type { TrainingJob } from '../../ml/training/job.ts';
import { loadModels } from '../../ml/training/saved-models.ts';
import type { SavedModels, TrainedModel } from '../../ml/training/saved-models.ts';
import { trainInThread } from '../../ml/training/thread.ts';
import { messageOf, objectKey, type Logger, type Runnable } from '../../runtime/index.ts';
import type { ControllerContext } from '../context.ts';
import { capacityOf } from '../gather/nodes.ts';
import type { ForecastEngine } from './engine/engine.ts';
import type { ForecasterState } from './state.ts';

const CHECK_MS = 15_000;
/** After a training that failed. */
const RETRY_MS = 3_600_000;
/** After one that found too little history. */
const TOO_SHORT_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;
/** More teach a network of this size no more, and must all be in memory. */
const MOST_NODES = 100;
/** NodeForecast's default. */
const HORIZON_MS = DAY_MS;

export class Trainer implements Runnable {
  readonly name = 'trainer';
  readonly needsLeader = true;
  readonly #context: ControllerContext;
  readonly #state: ForecasterState;
  readonly #engine: ForecastEngine;
  readonly #history: HistoryStore;
  readonly #bucket: BucketOptions | undefined;
  readonly #log: Logger;
  #saved: SavedModels | undefined;
  #startedAt = 0;
  /** Not before. */
  readonly #next = new Map<TrainedModel, number>();

  /** @param bucket how the history is reached, where it is in one */
  constructor(
    context: ControllerContext,
    state: ForecasterState,
    engine: ForecastEngine,
    history: HistoryStore,
    bucket?: BucketOptions,
  ) {
    this.#context = context;
    this.#state = state;
    this.#engine = engine;
    this.#history = history;
    this.#bucket = bucket;
    this.#log = context.env.log.child('trainer');
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context.env;
    this.#startedAt = clock.now();
    await this.#load();
    while (!signal.aborted) {
      await clock.sleep(CHECK_MS, signal).catch(() => undefined);
      const model = this.#due();
      if (model !== undefined) await this.#train(model, signal);
    }
  }

  /** The model whose turn it is. */
  #due(): TrainedModel | undefined {
    if (!this.#state.historyRead) return undefined;
    const { env, settings, caches } = this.#context;
    const { periodMs, models } = settings.forecast.training;
    const now = env.clock.now();
    const isNamed = caches.forecasts.store.list().some(({ spec }) => spec?.model === 'LSTM');
    const wanted: TrainedModel[] = [...new Set([...models, ...(isNamed ? (['LSTM'] as const) : [])])];
    return wanted.find((model) => {
      const last = this.#saved?.trainedAt[model];
      // The gate that is shipped does until its turn has come; an LSTM is needed at once.
      const due = last === undefined ? (model === 'LSTM' ? 0 : this.#startedAt + periodMs) : last + periodMs;
      return now >= Math.max(due, this.#next.get(model) ?? 0);
    });
  }

  async #train(model: TrainedModel, signal: AbortSignal): Promise<void> {
    const { env, metrics } = this.#context;
    const { clock } = env;
    this.#next.set(model, clock.now() + RETRY_MS);
    const job = this.#jobOf(model, clock.now());
    if (job.nodes.length === 0) return; // nothing is known of any node yet
    this.#log.info('training', { model, nodes: job.nodes.length });
    try {
      const { outcome, backend, seconds, series, lossBefore, lossAfter, missing } = await trainInThread(
        job,
        signal,
      );
      metrics.trainings.inc({ model, outcome });
      metrics.trainingSeconds.inc({ model, backend }, seconds);
      this.#log.info('trained', { model, outcome, backend, seconds, series, lossBefore, lossAfter, missing });
      if (outcome === 'TooShort') this.#next.set(model, clock.now() + TOO_SHORT_MS);
      else this.#next.delete(model);
      await this.#load();
    } catch (error) {
      if (signal.aborted) return;
      metrics.trainings.inc({ model, outcome: 'Failed' });
      this.#log.warn('a training failed: it is tried again in an hour', { model, error: messageOf(error) });
    }
  }

  #jobOf(model: TrainedModel, now: number): TrainingJob {
    const { settings, caches } = this.#context;
    const { seriesStepSeconds, training } = settings.forecast;
    const known = caches.nodes.store
      .list()
      .filter((node) => this.#state.book.spanMs(objectKey(node)) >= DAY_MS);
    const every = Math.max(1, known.length / MOST_NODES);
    const chosen = Array.from(
      { length: Math.min(MOST_NODES, known.length) },
      (_, i) => known[Math.floor(i * every)],
    );
    return {
      model,
      history: this.#history.root,
      ...(this.#bucket === undefined ? {} : { bucket: this.#bucket }),
      nodes: chosen.flatMap((node) =>
        node === undefined ? [] : [{ name: objectKey(node), capacity: capacityOf(node, settings) }],
      ),
      now,
      windowMs: this.#state.book.windowMs,
      stepSeconds: seriesStepSeconds,
      horizon: Math.max(1, Math.round(HORIZON_MS / 1000 / seriesStepSeconds)),
      mostSeconds: training.mostSeconds,
    };
  }

  /** What cannot be read now is not used; forecasts do without. */
  async #load(): Promise<void> {
    try {
      await this.#use(await loadModels(this.#history.storage));
    } catch (error) {
      this.#log.warn('trained models could not be read', { error: messageOf(error) });
    }
  }

  async #use(saved: SavedModels): Promise<void> {
    for (const { file, reason } of saved.problems)
      this.#log.warn('a trained model is not used', { file, reason });
    this.#saved = saved;
    await this.#engine.use({
      lstms: saved.lstm === undefined ? [] : [saved.lstm],
      ...(saved.gates === undefined ? {} : { gates: saved.gates }),
    });
    const { trainedModels } = this.#context.metrics;
    const secondsOf = (model: TrainedModel): number => (saved.trainedAt[model] ?? 0) / 1000;
    trainedModels.set({ model: 'LSTM' }, saved.lstm === undefined ? 0 : secondsOf('LSTM'));
    trainedModels.set({ model: 'Gate' }, saved.gates === undefined ? 0 : secondsOf('Gate'));
  }
}
