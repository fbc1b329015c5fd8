/** What the forecaster asks for forecasts: the calling thread itself, or a worker (`worker-engine.ts`). */
import type { Expert } from '../../../core/forecast/experts/expert.ts';
import { Forecasts } from './forecasts.ts';
import type { NodeAnswer, NodeQuestion, Trained } from './forecasts.ts';

export interface ForecastEngine {
  /** The arrays of the question may be of no use to the caller afterwards. */
  forecast(question: NodeQuestion): Promise<NodeAnswer>;
  /** From the next question on, in place of what was trained before. */
  use(trained: Trained): Promise<void>;
  /** Of a node that is gone for good. */
  forget(node: string): Promise<void>;
  /** What was learned, as the bytes of a file; undefined: nothing since the last time. */
  save(): Promise<Uint8Array | undefined>;
  /** Takes up what was saved, and tells of how many series. Rejects with what is wrong with it. */
  load(bytes: Uint8Array, now: number): Promise<number>;
  close(): Promise<void>;
}

/** Forecasts in the calling thread: for tests, and where nothing else waits. */
export function directEngine(stepSeconds: number, others: readonly Expert[] = []): ForecastEngine {
  const forecasts = new Forecasts(stepSeconds, others);
  const told = <T>(work: () => T): Promise<T> =>
    new Promise((resolve) => {
      resolve(work());
    });
  return {
    forecast: (question) => told(() => forecasts.forecast(question)),
    use: (trained) => told(() => forecasts.use(trained)),
    forget: (node) => told(() => forecasts.forget(node)),
    save: () => told(() => forecasts.save()),
    load: (bytes, now) => told(() => forecasts.load(bytes, now)),
    close: () => Promise.resolve(),
  };
}
