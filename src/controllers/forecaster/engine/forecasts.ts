/**
 * Makes the forecasts of all nodes and owns what they have learned. No clock, no input and output: runs in a thread of
 * its own (`worker.ts`), or directly where nobody waits meanwhile.
 */
import type { Expert } from '../../../core/forecast/experts/expert.ts';
import {
  UnknownModelError,
  forecastSeries,
  memoryFor,
  modelInUse,
  seriesEnd,
} from '../../../core/forecast/index.ts';
import type {
  LikeLoads,
  ModelLibrary,
  Series,
  SeriesForecast,
  SeriesMemory,
} from '../../../core/forecast/index.ts';
import type { Resource } from '../../../core/resources.ts';
import { createLibrary, type LibraryParts } from '../../../ml/library.ts';
import { decodeMemories, encodeMemories } from './memory-file.ts';

export interface SeriesQuestion {
  readonly resource: Resource;
  readonly series: Series;
  readonly capacity: number;
  readonly startTime: number;
  readonly stepSeconds: number;
  readonly steps: number;
  /** As in `spec.model`. */
  readonly model: string;
  readonly alike?: LikeLoads;
}

export interface NodeQuestion {
  readonly node: string;
  readonly series: readonly SeriesQuestion[];
}

/** Weights that were learned from the history. */
export type Trained = Pick<LibraryParts, 'lstms' | 'gates'>;

/** Of each series that was asked about, in the same order. */
export type NodeAnswer = readonly SeriesForecast[];

interface Known {
  readonly node: string;
  readonly resource: Resource;
  readonly asked: string;
  readonly memory: SeriesMemory;
  /** End of the series that it was last used for. */
  usedAt: number;
}

/** A memory that was not used for so long is of a node that is gone, or of a model that is no longer asked. */
const UNUSED_MS = 14 * 86_400_000;

export class Forecasts {
  readonly #stepSeconds: number;
  readonly #others: readonly Expert[];
  readonly #known = new Map<string, Known>();
  #library: ModelLibrary;
  #changed = false;

  /**
   * @param stepSeconds of the series' grid
   * @param others models of other libraries
   */
  constructor(stepSeconds: number, others: readonly Expert[] = []) {
    this.#stepSeconds = stepSeconds;
    this.#others = others;
    this.#library = createLibrary({ others });
  }

  /** In place of what was trained before. */
  use(trained: Trained): void {
    this.#library = createLibrary({ ...trained, others: this.#others });
  }

  forecast({ node, series }: NodeQuestion): NodeAnswer {
    return series.map((question) => {
      const { resource } = question;
      const { stepSeconds } = question.series;
      const model = modelInUse(question.model, this.#library, { resource, stepSeconds });
      const known = this.#memoryOf(node, resource, model);
      known.usedAt = seriesEnd(question.series);
      const { near, far } = known.memory.judged;
      const answer = forecastSeries({ ...question, model, library: this.#library, memory: known.memory });
      this.#changed ||= known.memory.judged.near !== near || known.memory.judged.far !== far;
      return answer;
    });
  }

  forget(node: string): void {
    for (const [key, known] of this.#known) if (known.node === node) this.#known.delete(key);
  }

  /** Undefined: nothing was learned since the last time. */
  save(): Uint8Array | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    const newest = Math.max(...[...this.#known.values()].map(({ usedAt }) => usedAt));
    for (const [key, { usedAt }] of this.#known) if (usedAt < newest - UNUSED_MS) this.#known.delete(key);
    const learned = [...this.#known.values()].filter(({ memory }) => memory.judged.near >= 0);
    return encodeMemories(
      learned.map(({ node, resource, asked, memory }) => ({ node, resource, asked, state: memory.state() })),
      this.#stepSeconds,
    );
  }

  /**
   * Takes up what was saved; what has been learned since stays. Returns of how many series. Throws UnusableMemoryError.
   *
   * @param now end of the series, as far as is known
   */
  load(bytes: Uint8Array, now: number): number {
    const kept = decodeMemories(bytes, this.#stepSeconds);
    for (const { node, resource, asked, state } of kept) {
      const key = keyOf(node, resource, asked);
      const memory = restored(asked, state);
      if (this.#known.has(key) || memory === undefined) continue;
      this.#known.set(key, { node, resource, asked, memory, usedAt: now });
    }
    return kept.length;
  }

  /** One memory a model, new where there is none. */
  #memoryOf(node: string, resource: Resource, asked: string): Known {
    const key = keyOf(node, resource, asked);
    let known = this.#known.get(key);
    if (known === undefined) {
      known = { node, resource, asked, memory: memoryFor(asked), usedAt: 0 };
      this.#known.set(key, known);
    }
    return known;
  }
}

const keyOf = (node: string, resource: Resource, asked: string): string => `${node}/${resource}/${asked}`;

/** Undefined: there is no such model any more. */
function restored(asked: string, state: Parameters<typeof memoryFor>[1]): SeriesMemory | undefined {
  try {
    return memoryFor(asked, state);
  } catch (error) {
    if (error instanceof UnknownModelError) return undefined;
    throw error;
  }
}
