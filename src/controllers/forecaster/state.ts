/** What the forecaster keeps in memory between reconciles: recent load, forecasts in force, drift. */
import type { QuantileForecast } from '../../core/forecast/index.ts';
import type { Resource } from '../../core/resources.ts';
import { DriftWatch } from './drift-watch.ts';
import { LoadBook } from './load-book.ts';

const NONE: ReadonlyMap<Resource, never> = new Map<Resource, never>();

/** Of so many nodes that have left, the load is kept for when they come back. */
const MOST_DEPARTED = 200;

export interface Issued {
  /** Quantiles of load, in base units. */
  readonly forecasts: ReadonlyMap<Resource, QuantileForecast>;
  /** Of resources that are forecast from nodes alike: who these are. */
  readonly alike: ReadonlyMap<Resource, string>;
}

export class ForecasterState {
  readonly book: LoadBook;
  readonly drift: DriftWatch;
  /** The first forecasts wait for it: one made before would be a prior. */
  historyRead = false;
  /** Called when a node begins or ceases to drift. */
  driftChanged: (node: string) => void = () => undefined;
  readonly #issued = new Map<string, Issued>();
  readonly #departed = new Set<string>();

  constructor(options: { windowMs: number; stepSeconds: number; driftSampleMs: number }) {
    this.book = new LoadBook(options.windowMs, options.stepSeconds);
    this.drift = new DriftWatch(options.driftSampleMs);
  }

  /** Quantiles of load, in base units. */
  inForce(node: string): ReadonlyMap<Resource, QuantileForecast> {
    return this.#issued.get(node)?.forecasts ?? NONE;
  }

  /** Whom the forecast in force is from where it is from nodes alike. */
  alike(node: string): ReadonlyMap<Resource, string> {
    return this.#issued.get(node)?.alike ?? NONE;
  }

  issue(node: string, issued: Issued): void {
    this.#issued.set(node, issued);
    this.#departed.delete(node);
  }

  /**
   * A node that is added again under its name goes on from its history. Returns nodes that left so long ago that all of
   * them is forgotten.
   */
  leave(node: string): string[] {
    this.#issued.delete(node);
    this.drift.forget(node);
    this.#departed.delete(node);
    this.#departed.add(node);
    const forgotten = [...this.#departed].slice(0, Math.max(0, this.#departed.size - MOST_DEPARTED));
    for (const gone of forgotten) {
      this.#departed.delete(gone);
      this.book.forget(gone);
    }
    return forgotten;
  }
}
