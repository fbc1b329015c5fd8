/**
 * Keeps what forecasts have learned beside the history, so that a new process goes on from there: judging the past of a
 * thousand nodes anew takes most of a minute.
 *
 * The file is written whole or not at all, at most once a period and at the end. One that cannot be used is left out with
 * a line in the log: forecasts then judge the last days anew.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, writeWhole } from '../../history/files.ts';
import { messageOf, type Environment, type Logger, type Runnable } from '../../runtime/index.ts';
import type { ForecastEngine } from './engine/engine.ts';

const FOLDER = 'forecasts';
const FILE = 'memory.bin';

export class MemoryKeeper implements Runnable {
  readonly name = 'forecast-memory';
  readonly needsLeader = true;
  readonly #folder: string;
  readonly #engine: ForecastEngine;
  readonly #env: Environment;
  readonly #periodMs: number;
  readonly #log: Logger;
  /** Could not be written the last time. */
  #unwritten: Uint8Array | undefined;

  /** @param root of the history */
  constructor(root: string, engine: ForecastEngine, env: Environment, periodMs: number) {
    this.#folder = join(root, FOLDER);
    this.#engine = engine;
    this.#env = env;
    this.#periodMs = periodMs;
    this.#log = env.log.child(this.name);
  }

  /** Before the first forecast. Never rejects. */
  async load(): Promise<void> {
    const file = join(this.#folder, FILE);
    try {
      const series = await this.#engine.load(await readFile(file), this.#env.clock.now());
      this.#log.info('forecasts go on from what was learned', { series });
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      this.#log.warn('what forecasts had learned is left out: the last days are judged anew', {
        file,
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
      await rm(join(this.#folder, `.${FILE}.tmp`), { force: true });
      await writeWhole(this.#folder, FILE, bytes);
      this.#unwritten = undefined;
    } catch (error) {
      this.#log.warn('what forecasts have learned could not be written', {
        folder: this.#folder,
        error: messageOf(error),
      });
    }
  }
}
