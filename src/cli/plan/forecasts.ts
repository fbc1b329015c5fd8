/**
 * What nodes will have free, from a history: made anew for every slot of 300 s, as the operator does it.
 *
 * A sample is the load from its time on until the next one. So the newest one says what is taken in the present
 * slot, and the forecast begins with the next.
 */
import { LoadBook } from '../../controllers/forecaster/load-book.ts';
import {
  availabilityOf,
  forecastSeries,
  memoryFor,
  LEVELS,
  type QuantileForecast,
  type SeriesMemory,
} from '../../core/forecast/index.ts';
import type { Availability } from '../../core/plan/snapshot.ts';
import { RESOURCES, type Resource, type ResourceVector } from '../../core/resources.ts';
import type { Load, NodeHistory } from '../../history/index.ts';

export const SLOT_SECONDS = 300;
const SLOT = SLOT_SECONDS * 1000;
const WINDOW = 14 * 86_400_000;
const HORIZON_STEPS = 144;

export type NodeAvailability = Partial<Readonly<Record<Resource, Availability>>>;

/** Anything that tells what nodes will have free, given their load so far. */
export interface Forecaster {
  observe(node: string, time: number, load: Load): void;
  /** As known at `time`, which never goes back. */
  availability(node: string, capacity: ResourceVector, time: number): NodeAvailability;
}

export class HistoryForecaster implements Forecaster {
  readonly #book = new LoadBook(WINDOW, SLOT_SECONDS);
  /** By node and resource: how the experts did there so far. */
  readonly #memories = new Map<string, SeriesMemory>();
  readonly #made = new Map<string, { readonly slot: number; readonly availability: NodeAvailability }>();

  constructor(history: Iterable<NodeHistory>) {
    this.#book.load(history);
  }

  observe(node: string, time: number, load: Load): void {
    this.#book.append(node, time, load);
  }

  availability(node: string, capacity: ResourceVector, time: number): NodeAvailability {
    const slot = Math.floor(time / SLOT);
    const known = this.#made.get(node);
    if (known?.slot === slot) return known.availability;
    const availability: Partial<Record<Resource, Availability>> = {};
    for (const resource of RESOURCES) {
      const made = this.#forecast(node, resource, capacity[resource], slot);
      if (made !== undefined) availability[resource] = made;
    }
    this.#made.set(node, { slot, availability });
    return availability;
  }

  #forecast(node: string, resource: Resource, capacity: number, slot: number): Availability | undefined {
    const present = this.#book.last(node, resource);
    if (present === undefined || capacity <= 0) return undefined;
    const startTime = slot * SLOT;
    const series = this.#book.series(node, resource, { from: startTime - WINDOW, to: startTime + SLOT });
    const key = `${node}/${resource}`;
    const memory = this.#memories.get(key) ?? memoryFor();
    this.#memories.set(key, memory);
    const { forecast } = forecastSeries({
      series,
      capacity,
      resource,
      memory,
      startTime: startTime + SLOT,
      stepSeconds: SLOT_SECONDS,
      steps: HORIZON_STEPS,
    });
    return availabilityOf(withPresent(forecast, startTime, present.value), capacity);
  }
}

/** The forecast with one more step before it, of which the load is known. */
function withPresent(forecast: QuantileForecast, startTime: number, load: number): QuantileForecast {
  const values = new Float64Array(forecast.values.length + LEVELS.length);
  values.fill(load, 0, LEVELS.length);
  values.set(forecast.values, LEVELS.length);
  return { ...forecast, startTime, steps: forecast.steps + 1, values };
}
