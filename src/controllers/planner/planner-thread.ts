/**
 * Plans in a thread of their own, so that a search of seconds holds up neither watches, nor health, nor the renewal of
 * the lease. A plan that takes longer than it may is given up, and the thread with it: the next one remembers nothing,
 * and finds what is in force in the snapshot.
 */
import type { WorkflowPlan } from '../../core/plan/snapshot.ts';
import type { Looked, View } from '../../core/reshard/look.ts';
import { systemClock, Thread, threadModule, type Clock } from '../../runtime/index.ts';
import type { LookId, PlaceQuestion, PlanEngine } from './engine.ts';
import type { Call, Told } from './protocol.ts';
import { SnapshotEncoder } from './snapshot-codec.ts';

export interface PlannerThreadOptions {
  /** For one answer. */
  readonly limitMs: number;
  /** Told when the thread ends by a fault, and not because of the limit. */
  readonly onDied?: (error: Error) => void;
  /** Told how long each look took. */
  readonly onPlanned?: (seconds: number) => void;
  readonly clock?: Pick<Clock, 'monotonic' | 'setTimer'>;
}

export class PlannerThread implements PlanEngine {
  readonly #thread: Thread<Call, Told>;
  readonly #limitMs: number;
  readonly #clock: Pick<Clock, 'monotonic' | 'setTimer'>;
  readonly #onPlanned: (seconds: number) => void;
  readonly #encoder = new SnapshotEncoder();
  /** One at a time: the limit is that of one answer, and not of those before it. */
  #before: Promise<unknown> = Promise.resolve();
  #looks = 0;

  constructor({ limitMs, onDied, onPlanned = () => undefined, clock = systemClock }: PlannerThreadOptions) {
    this.#limitMs = limitMs;
    this.#clock = clock;
    this.#onPlanned = onPlanned;
    this.#thread = new Thread({
      name: 'the planning thread',
      module: threadModule(import.meta.url, './worker'),
      clock,
      ...(onDied === undefined ? {} : { onDied }),
    });
  }

  async look({ snapshot, provisional }: View): Promise<Looked & { readonly id: LookId }> {
    this.#looks += 1;
    const id = this.#looks;
    let begunAt = 0;
    const told = await this.#inTurn(() => {
      begunAt = this.#clock.monotonic();
      if (!this.#thread.isRunning) this.#encoder.reset();
      return { kind: 'look', id, snapshot: this.#encoder.encode(snapshot), provisional };
    });
    this.#onPlanned((this.#clock.monotonic() - begunAt) / 1000);
    return { id, ...(told as Looked) };
  }

  async place(question: PlaceQuestion): Promise<WorkflowPlan> {
    return (await this.#inTurn(() => ({ kind: 'place', question }))) as WorkflowPlan;
  }

  async close(): Promise<void> {
    await this.#thread.close();
  }

  #inTurn(call: () => Call): Promise<Told> {
    const answer = this.#before.then(() => this.#thread.call(call(), { limitMs: this.#limitMs }));
    this.#before = answer.catch(() => undefined);
    return answer;
  }
}
