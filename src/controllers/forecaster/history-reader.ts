/** Reads the history into memory once, when this process has become the leader. */
import type { HistoryStore, NodeHistory } from '../../history/index.ts';
import { messageOf, type Environment, type Runnable } from '../../runtime/index.ts';
import type { ForecasterState } from './state.ts';

const RETRY_MS = 30_000;
const DAY_MS = 86_400_000;

export class HistoryReader implements Runnable {
  readonly name = 'history-reader';
  readonly needsLeader = true;
  readonly #history: HistoryStore;
  readonly #state: ForecasterState;
  readonly #env: Environment;
  readonly #loaded: () => Promise<void>;

  /** @param loaded called when the history is in memory */
  constructor(history: HistoryStore, state: ForecasterState, env: Environment, loaded: () => Promise<void>) {
    this.#history = history;
    this.#state = state;
    this.#env = env;
    this.#loaded = loaded;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#env;
    while (!signal.aborted) {
      try {
        const now = clock.now();
        await this.#state.book.loadParts(this.#days(now - this.#state.book.windowMs, now));
        log.info('history read', { nodes: [...this.#state.book.nodes()].length });
        await this.#loaded();
        await aborted(signal); // a part that ends by itself counts as failed
      } catch (error) {
        log.error('the history could not be read', { error: messageOf(error) });
        await clock.sleep(RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  /** A day (UTC, as the files are) at a time: all samples of two weeks would take ten times the room of what is kept. */
  async *#days(from: number, now: number): AsyncGenerator<Iterable<NodeHistory>> {
    for (let day = from; day <= now; day = (Math.floor(day / DAY_MS) + 1) * DAY_MS) {
      const end = (Math.floor(day / DAY_MS) + 1) * DAY_MS;
      // What is newer than now is of a clock that is ahead: it is read with the present day.
      const histories = await this.#history.read({ from: day, ...(end <= now ? { to: end } : {}) });
      yield histories.values();
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
