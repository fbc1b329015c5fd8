/**
 * Looks at the observed load at a fixed interval: keeps it in memory, holds it against the forecast in force,
 * and appends it, with the task runs that have ended, to the history.
 */
import { RESOURCES } from '../../core/resources.ts';
import type { HistoryStore, NodeSample, TaskRun } from '../../history/index.ts';
import type { ObservedLoadSource } from '../../metrics/index.ts';
import { messageOf, type Logger, type Runnable } from '../../runtime/index.ts';
import type { ControllerContext } from '../context.ts';
import { observeBackground } from './background.ts';
import type { ForecasterState } from './state.ts';
import { TaskRunCollector } from './task-runs.ts';

const DAY_MS = 86_400_000;

/**
 * Runs that a new process reads, to learn from. A pod that ended longer ago, and is still there, is written again: to a
 * reader it is one run.
 */
const KNOWN_RUNS_MS = 60 * DAY_MS;

export class Observer implements Runnable {
  readonly name = 'observer';
  readonly needsLeader = true;
  readonly #context: ControllerContext;
  readonly #state: ForecasterState;
  readonly #source: ObservedLoadSource | undefined;
  readonly #history: HistoryStore;
  readonly #log: Logger;
  readonly #runs: TaskRunCollector;
  readonly #told = new Map<string, string>();
  #unwritten: NodeSample[] = [];
  #unwrittenRuns: TaskRun[] = [];
  #knowsRuns = false;
  #flushedAt: number;
  #maintainedAt: number;

  /** @param source without one, only task runs are recorded */
  constructor(
    context: ControllerContext,
    state: ForecasterState,
    source: ObservedLoadSource | undefined,
    history: HistoryStore,
  ) {
    this.#context = context;
    this.#state = state;
    this.#source = source;
    this.#history = history;
    this.#log = context.env.log.child('observer');
    this.#runs = new TaskRunCollector(context.settings);
    this.#flushedAt = context.env.clock.now();
    this.#maintainedAt = this.#flushedAt;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { env, settings } = this.#context;
    // Before the first look, which may take its time: plans are better with what was learned.
    await this.#try('the task runs of the history could not be read', () => this.#readRuns());
    while (!signal.aborted) {
      await this.#try('observing failed', () => this.#look(signal));
      await this.#try('the history could not be written', async () => {
        await this.#collectRuns();
        await this.#keepHistory(false);
      });
      await env.clock.sleep(settings.observe.intervalMs, signal).catch(() => undefined);
    }
    await this.#keepHistory(true);
  }

  /** What fails for the same reason again and again is told once. */
  async #try(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#told.delete(what);
    } catch (error) {
      const reason = messageOf(error);
      const level = this.#told.get(what) === reason ? 'debug' : 'warn';
      this.#told.set(what, reason);
      this.#log[level](what, { source: this.#source?.name, error: reason });
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    if (this.#source === undefined) return;
    const { samples, usage } = await observeBackground(this.#source, this.#context, signal);
    this.#runs.observe(usage);
    for (const sample of samples) {
      const { node, time, load } = sample;
      if (!this.#state.book.append(node, time, load)) continue;
      this.#unwritten.push(sample);
      if (this.#state.drift.observe(node, time, load, this.#state.inForce(node)))
        this.#state.driftChanged(node);
    }
  }

  /** Once: what was learned before, and which runs need not be written again. */
  async #readRuns(): Promise<void> {
    if (this.#knowsRuns) return;
    const { env, caches } = this.#context;
    const runs = await this.#history.readTaskRuns({ from: env.clock.now() - KNOWN_RUNS_MS });
    this.#runs.know(runs);
    caches.learning.load(runs, caches.nodes.store);
    this.#knowsRuns = true;
    this.#log.info('task runs read', { runs: runs.length });
  }

  async #collectRuns(): Promise<void> {
    await this.#readRuns();
    const { caches } = this.#context;
    const ended = this.#runs.collect(caches.pods.store.list(), caches.nodes.store);
    caches.learning.add(ended, caches.nodes.store);
    this.#unwrittenRuns.push(...ended);
  }

  /** What could not be written is kept for the next time, up to a day of it. */
  async #keepHistory(all: boolean): Promise<void> {
    const { env, settings } = this.#context;
    const now = env.clock.now();
    if (all || now - this.#flushedAt >= settings.observe.flushMs) {
      this.#flushedAt = now;
      await this.#flush();
    }
    this.#unwritten = this.#unwritten.filter((s) => s.time > now - DAY_MS);
    if (now - this.#maintainedAt < DAY_MS / 24) return;
    this.#maintainedAt = now;
    await this.#history.maintain({ retentionDays: settings.observe.retentionDays });
  }

  async #flush(): Promise<void> {
    const samples = this.#unwritten.filter((s) => RESOURCES.some((r) => s.load[r] !== null));
    if (samples.length > 0) await this.#history.append(samples);
    this.#unwritten = [];
    if (this.#unwrittenRuns.length > 0) await this.#history.appendTaskRuns(this.#unwrittenRuns);
    this.#unwrittenRuns = [];
  }
}
