/** Reads the history into memory once, when this process has become the leader. */
import type { HistoryStore } from '../../history/index.ts';
import { messageOf, type Environment, type Runnable } from '../../runtime/index.ts';
import type { ForecasterState } from './state.ts';

const RETRY_MS = 30_000;

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
        const histories = await this.#history.read({ from: clock.now() - this.#state.book.windowMs });
        this.#state.book.load(histories.values());
        log.info('history read', { nodes: histories.size });
        await this.#loaded();
        await aborted(signal); // a part that ends by itself counts as failed
      } catch (error) {
        log.error('the history could not be read', { error: messageOf(error) });
        await clock.sleep(RETRY_MS, signal).catch(() => undefined);
      }
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
