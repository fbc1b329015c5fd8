/**
 * Looks at the observed load at a fixed interval: keeps it in memory, holds it against the forecast in force,
 * and appends it to the history.
 */
import { RESOURCES } from '../../core/resources.ts';
import type { HistoryStore, NodeSample } from '../../history/index.ts';
import type { ObservedLoadSource } from '../../metrics/index.ts';
import { messageOf, type Logger, type Runnable } from '../../runtime/index.ts';
import type { ControllerContext } from '../context.ts';
import { capacityOf } from '../gather/nodes.ts';
import type { ForecasterState } from './state.ts';

const DAY_MS = 86_400_000;

export class Observer implements Runnable {
  readonly name = 'observer';
  readonly needsLeader = true;
  readonly #context: ControllerContext;
  readonly #state: ForecasterState;
  readonly #source: ObservedLoadSource;
  readonly #history: HistoryStore;
  readonly #log: Logger;
  #unwritten: NodeSample[] = [];
  #flushedAt: number;
  #maintainedAt: number;

  constructor(
    context: ControllerContext,
    state: ForecasterState,
    source: ObservedLoadSource,
    history: HistoryStore,
  ) {
    this.#context = context;
    this.#state = state;
    this.#source = source;
    this.#history = history;
    this.#log = context.env.log.child('observer');
    this.#flushedAt = context.env.clock.now();
    this.#maintainedAt = this.#flushedAt;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { env, settings } = this.#context;
    while (!signal.aborted) {
      try {
        await this.#look(signal);
        await this.#keepHistory(false);
      } catch (error) {
        this.#log.warn('observing failed', { source: this.#source.name, error: messageOf(error) });
      }
      await env.clock.sleep(settings.observe.intervalMs, signal).catch(() => undefined);
    }
    await this.#keepHistory(true);
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { caches, settings } = this.#context;
    for (const { node, time, load } of await this.#source.observe(signal)) {
      const object = caches.nodes.store.get(node);
      if (object === undefined || !this.#state.book.append(node, time, load)) continue;
      this.#unwritten.push({ node, time, load, capacity: capacityOf(object, settings) });
      if (this.#state.drift.observe(node, time, load, this.#state.inForce(node)))
        this.#state.driftChanged(node);
    }
  }

  /** What could not be written is kept for the next time, up to a day of it. */
  async #keepHistory(all: boolean): Promise<void> {
    const { env, settings } = this.#context;
    const now = env.clock.now();
    if (this.#unwritten.length > 0 && (all || now - this.#flushedAt >= settings.observe.flushMs)) {
      const rows = this.#unwritten.filter((s) => RESOURCES.some((r) => s.load[r] !== null));
      this.#flushedAt = now;
      await this.#history.append(rows);
      this.#unwritten = [];
    }
    this.#unwritten = this.#unwritten.filter((s) => s.time > now - DAY_MS);
    if (now - this.#maintainedAt < DAY_MS / 24) return;
    this.#maintainedAt = now;
    await this.#history.maintain({ retentionDays: settings.observe.retentionDays });
  }
}
