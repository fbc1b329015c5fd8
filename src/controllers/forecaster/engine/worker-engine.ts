/**
 * Forecasts in a thread of their own, so that neither the renewal of the lease nor a reconcile waits for them: the first
 * pass over a thousand nodes takes most of a minute.
 */
import { Thread, threadModule } from '../../../runtime/index.ts';
import type { ForecastEngine } from './engine.ts';
import type { NodeAnswer, NodeQuestion, Trained } from './forecasts.ts';
import type { Call, Told } from './protocol.ts';

export class WorkerEngine implements ForecastEngine {
  readonly #thread: Thread<Call, Told>;
  /** Told to every thread that is started. */
  #trained: Trained | undefined;

  /** @param onDied told when the thread ends by a fault; what it had learned is lost, and the next question starts another */
  constructor(stepSeconds: number, onDied: (error: Error) => void) {
    this.#thread = new Thread({
      name: 'the forecasting thread',
      module: threadModule(import.meta.url, './worker'),
      data: stepSeconds,
      first: () => (this.#trained === undefined ? undefined : { kind: 'use', trained: this.#trained }),
      onDied,
    });
  }

  async forecast(question: NodeQuestion): Promise<NodeAnswer> {
    const transfer = question.series.map(({ series }) => series.values.buffer as ArrayBuffer);
    return (await this.#thread.call({ kind: 'forecast', question }, { transfer })) as NodeAnswer;
  }

  async use(trained: Trained): Promise<void> {
    const isToBeTold = this.#thread.isRunning;
    this.#trained = trained;
    if (isToBeTold) await this.#thread.call({ kind: 'use', trained });
  }

  async forget(node: string): Promise<void> {
    await this.#thread.call({ kind: 'forget', node });
  }

  async save(): Promise<Uint8Array | undefined> {
    return (await this.#thread.call({ kind: 'save' })) as Uint8Array | undefined;
  }

  async load(bytes: Uint8Array, now: number): Promise<number> {
    return (await this.#thread.call({ kind: 'load', bytes, now })) as number;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
