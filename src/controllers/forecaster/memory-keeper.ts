/**
 * Keeps what forecasts have learned beside the history, so that a new process goes on from there: judging the past of a
 * thousand nodes anew takes most of a minute.
 *
 * The file is written whole or not at all, at most once a period and at the end. One that cannot be used is left out with
 * a line in the log: forecasts then judge the last days anew.
 */
import { UnavailableFileError, joinPath, readWhole } from '../../history/index.ts';
import type { HistoryStorage } from '../../history/index.ts';
import { messageOf, type Environment, type Logger, type Runnable } from '../../runtime/index.ts';
import type { ForecastEngine } from './engine/engine.ts';

const FOLDER = 'forecasts';
const FILE = joinPath(FOLDER, 'memory.bin');

export class MemoryKeeper implements Runnable {
  readonly name = 'forecast-memory';
  readonly needsLeader = true;
  readonly #storage: HistoryStorage;
  readonly #engine: ForecastEngine;
  readonly #env: Environment;
  readonly #periodMs: number;
  readonly #log: Logger;
  /** Could not be written the last time. */
  #unwritten: Uint8Array | undefined;

  /** @param storage of the history */
  constructor(storage: HistoryStorage, engine: ForecastEngine, env: Environment, periodMs: number) {
    this.#storage = storage;
    this.#engine = engine;
    this.#env = env;
    this.#periodMs = periodMs;
    this.#log = env.log.child(this.name);
  }

  /** Before the first forecast. Never rejects. */
  async load(): Promise<void> {
    try {
      const bytes = await readWhole(this.#storage, FILE);
      const series = await this.#engine.load(bytes, this.#env.clock.now());
      this.#log.info('forecasts go on from what was learned', { series });
    } catch (error) {
      if (error instanceof UnavailableFileError && error.kind === 'Gone') return;
      this.#log.warn('what forecasts had learned is left out: the last days are judged anew', {
        file: joinPath(this.#storage.root, FILE),
        reason: messageOf(error),
      });
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#env.clock.sleep(this.#periodMs, signal).catch(() => undefined);
      await this.#save();
    }
  }

  async #save(): Promise<void> {
    try {
      const bytes = (await this.#engine.save()) ?? this.#unwritten;
      if (bytes === undefined) return;
      this.#unwritten = bytes;
      // Of a writer that was killed: only the leader writes.
      await this.#storage.removeLeftovers(FOLDER, this.#env.clock.now(), -Infinity);
      await this.#storage.write(FILE, bytes);
      this.#unwritten = undefined;
    } catch (error) {
      this.#log.warn('what forecasts have learned could not be written', {
        file: joinPath(this.#storage.root, FILE),
        error: messageOf(error),
      });
    }
  }
}
