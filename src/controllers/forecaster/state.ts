/** What the forecaster keeps in memory between reconciles: recent load, forecasts in force, drift. */
import { memoryFor } from '../../core/forecast/index.ts';
import type { QuantileForecast, SeriesMemory } from '../../core/forecast/index.ts';
import type { Resource } from '../../core/resources.ts';
import { DriftWatch } from './drift-watch.ts';
import { LoadBook } from './load-book.ts';

const NONE: ReadonlyMap<Resource, QuantileForecast> = new Map();

export class ForecasterState {
  readonly book: LoadBook;
  readonly drift: DriftWatch;
  /** The first forecasts wait for it: one made before would be a prior. */
  historyRead = false;
  /** Called when a node begins or ceases to drift. */
  driftChanged: (node: string) => void = () => undefined;
  readonly #memories = new Map<string, Map<string, SeriesMemory>>();
  readonly #forecasts = new Map<string, ReadonlyMap<Resource, QuantileForecast>>();

  constructor(options: { windowMs: number; driftSampleMs: number }) {
    this.book = new LoadBook(options.windowMs);
    this.drift = new DriftWatch(options.driftSampleMs);
  }

  /** What the forecasts of a series by this model have learned: one memory a model, new where there is none. */
  memoryOf(node: string, resource: Resource, model: string): SeriesMemory {
    const ofNode = this.#memories.get(node) ?? new Map<string, SeriesMemory>();
    this.#memories.set(node, ofNode);
    const found = ofNode.get(`${resource} ${model}`) ?? memoryFor(model);
    ofNode.set(`${resource} ${model}`, found);
    return found;
  }

  /** Quantiles of load, in base units. */
  inForce(node: string): ReadonlyMap<Resource, QuantileForecast> {
    return this.#forecasts.get(node) ?? NONE;
  }

  issue(node: string, forecasts: ReadonlyMap<Resource, QuantileForecast>): void {
    this.#forecasts.set(node, forecasts);
  }

  forget(node: string): void {
    this.#forecasts.delete(node);
    this.#memories.delete(node);
    this.book.forget(node);
    this.drift.forget(node);
  }
}
