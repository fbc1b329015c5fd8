/**
 * Work in a thread of its own, asked for call by call (`thread-worker.ts` is the other side).
 *
 * The thread starts with the first call and answers in the order of asking. One that dies, or that takes longer over a
 * call than it may, is replaced at the next call: whoever waits is told, and nobody waits for ever.
 */
import { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from './clock.ts';

export interface Ask<Call> {
  readonly id: number;
  readonly call: Call;
}

export type Reply<Told> =
  | { readonly id: number; readonly told: Told }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };

export interface ThreadOptions<Call> {
  /** As in messages: `the planning thread`. */
  readonly name: string;
  readonly module: URL;
  /** For the module, as its `workerData`. */
  readonly data?: unknown;
  /** What every new thread is told before anything else. */
  readonly first?: () => Call | undefined;
  /** Told when the thread ends by a fault; what it knew is lost. */
  readonly onDied?: (error: Error) => void;
  readonly clock?: Pick<Clock, 'setTimer'>;
}

export interface CallOptions {
  /** Handed over instead of copied: of no use to the caller afterwards. */
  readonly transfer?: ArrayBuffer[];
  /** Counted from the call, so that it covers what was asked before and is not answered yet. */
  readonly limitMs?: number;
}

/** The thread ended before it had answered: a fault, or out of memory. */
export class ThreadDiedError extends Error {
  override readonly name = 'ThreadDiedError';
}

/** The answer took longer than it may, and the thread was ended. */
export class ThreadTimeoutError extends Error {
  override readonly name = 'ThreadTimeoutError';
}

/** Whoever had started the thread has closed it. */
export class ThreadStoppedError extends Error {
  override readonly name = 'ThreadStoppedError';
}

/** Beside the module of this URL, in the language that it runs in. */
export function threadModule(importMetaUrl: string, name: string): URL {
  return new URL(`${name}${importMetaUrl.endsWith('.ts') ? '.ts' : '.js'}`, importMetaUrl);
}

export class Thread<Call, Told> {
  readonly #options: ThreadOptions<Call>;
  readonly #waiting = new Map<number, PromiseWithResolvers<Told>>();
  #worker: Worker | undefined;
  #asked = 0;

  constructor(options: ThreadOptions<Call>) {
    this.#options = options;
  }

  /** Is there a thread that remembers earlier calls? */
  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /** Rejects with what the call threw there, with a ThreadDiedError, or with a ThreadTimeoutError. */
  async call(call: Call, { transfer = [], limitMs }: CallOptions = {}): Promise<Told> {
    this.#worker ??= this.#startInformed();
    const answer = this.#ask(this.#worker, call, transfer);
    if (limitMs === undefined) return answer;
    const worker = this.#worker;
    const timer = (this.#options.clock ?? systemClock).setTimer(() => {
      const message = `${this.#options.name} took longer than ${String(limitMs / 1000)} s and was ended`;
      this.#end(worker, new ThreadTimeoutError(message));
    }, limitMs);
    try {
      return await answer;
    } finally {
      timer.cancel();
    }
  }

  /** Whoever waits is told. The next call would start another thread. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#fail(new ThreadStoppedError(`${this.#options.name} was stopped`));
  }

  #ask(worker: Worker, call: Call, transfer: ArrayBuffer[]): Promise<Told> {
    this.#asked += 1;
    const ask: Ask<Call> = { id: this.#asked, call };
    const waiting = Promise.withResolvers<Told>();
    worker.postMessage(ask, transfer);
    worker.ref();
    this.#waiting.set(ask.id, waiting);
    return waiting.promise;
  }

  #startInformed(): Worker {
    const worker = this.#start();
    const call = this.#options.first?.();
    // Should it fail, so does the thread, of which `onDied` is told.
    if (call !== undefined) void this.#ask(worker, call, []).catch(() => undefined);
    return worker;
  }

  #start(): Worker {
    const { name, module, data, onDied } = this.#options;
    const worker = new Worker(module, { workerData: data });
    worker.on('message', (reply: Reply<Told>) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) worker.unref(); // idle it keeps no process alive
      if ('error' in reply)
        waiting?.reject(Object.assign(new Error(reply.error.message), { name: reply.error.name }));
      else waiting?.resolve(reply.told);
    });
    const died = (message: string, cause?: unknown): void => {
      if (this.#worker !== worker) return;
      const error = new ThreadDiedError(message, { cause });
      onDied?.(error);
      this.#end(worker, error);
    };
    worker.on('error', (error: unknown) =>
      died(`${name} failed: ${error instanceof Error ? error.message : String(error)}`, error),
    );
    worker.on('exit', (code) => died(`${name} ended with code ${code}`));
    return worker;
  }

  #end(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    void worker.terminate();
    this.#fail(error);
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
