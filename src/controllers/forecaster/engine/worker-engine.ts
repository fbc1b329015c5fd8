/**
 * Forecasts in a thread of their own, so that neither the renewal of the lease nor a reconcile waits for them: the first
 * pass over a thousand nodes takes most of a minute.
 */
import { Worker } from 'node:worker_threads';
import type { ForecastEngine } from './engine.ts';
import type { NodeAnswer, NodeQuestion, Trained } from './forecasts.ts';
import type { Ask, Call, Reply, Told } from './protocol.ts';

/** Run from source the thread is TypeScript as well. */
const MODULE = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

type Waiting = PromiseWithResolvers<Told>;

export class WorkerEngine implements ForecastEngine {
  readonly #stepSeconds: number;
  readonly #onDied: (error: Error) => void;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  /** Told to every thread that is started. */
  #trained: Trained | undefined;
  #asked = 0;

  /** @param onDied told when the thread ends by a fault; what it had learned is lost, and the next question starts another */
  constructor(stepSeconds: number, onDied: (error: Error) => void) {
    this.#stepSeconds = stepSeconds;
    this.#onDied = onDied;
  }

  async forecast(question: NodeQuestion): Promise<NodeAnswer> {
    const buffers = question.series.map(({ series }) => series.values.buffer as ArrayBuffer);
    return (await this.#call({ kind: 'forecast', question }, buffers)) as NodeAnswer;
  }

  async use(trained: Trained): Promise<void> {
    this.#trained = trained;
    if (this.#worker !== undefined) await this.#call({ kind: 'use', trained });
  }

  async forget(node: string): Promise<void> {
    await this.#call({ kind: 'forget', node });
  }

  async save(): Promise<Uint8Array | undefined> {
    return (await this.#call({ kind: 'save' })) as Uint8Array | undefined;
  }

  async load(bytes: Uint8Array, now: number): Promise<number> {
    return (await this.#call({ kind: 'load', bytes, now })) as number;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#fail(new Error('the forecasting thread was stopped'));
  }

  #call(call: Call, transfer: ArrayBuffer[] = []): Promise<Told> {
    this.#worker ??= this.#startInformed();
    return this.#ask(this.#worker, call, transfer);
  }

  #ask(worker: Worker, call: Call, transfer: ArrayBuffer[]): Promise<Told> {
    this.#asked += 1;
    const ask: Ask = { id: this.#asked, call };
    const waiting: Waiting = Promise.withResolvers();
    this.#waiting.set(ask.id, waiting);
    worker.ref();
    worker.postMessage(ask, transfer);
    return waiting.promise;
  }

  #startInformed(): Worker {
    const worker = this.#start();
    const trained = this.#trained;
    // Should it fail, so does the thread, of which `onDied` is told.
    if (trained !== undefined) void this.#ask(worker, { kind: 'use', trained }, []).catch(() => undefined);
    return worker;
  }

  #start(): Worker {
    const worker = new Worker(MODULE, { workerData: this.#stepSeconds });
    worker.on('message', (reply: Reply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) worker.unref(); // idle it keeps no process alive
      if ('error' in reply)
        waiting?.reject(Object.assign(new Error(reply.error.message), { name: reply.error.name }));
      else waiting?.resolve(reply.told);
    });
    const died = (error: Error): void => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#onDied(error);
      this.#fail(error);
    };
    worker.on('error', (error: unknown) => died(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) => died(new Error(`the forecasting thread ended with code ${code}`)));
    return worker;
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
