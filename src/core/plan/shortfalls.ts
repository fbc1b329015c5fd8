/**
 * What tasks that together take an amount of a resource have to expect, by node, resource and slot: how likely
 * the resource is short (`contention`), and which share of their speed is left to them (`speed`).
 */
import { RESOURCES } from '../resources.ts';
import { shortfallProbability } from './contention.ts';
import { stepAt, type Forecast } from './outlook.ts';
import type { PlannedNode } from './planned-node.ts';
import type { Slots } from './slots.ts';
import type { Sharing } from './snapshot.ts';
import { expectedSpeed } from './stretch.ts';

const ROUNDING = 1e-9;

export class Shortfalls {
  /** Results of the last `look`. */
  contention = 0;
  speed = 1;
  readonly #slots: Slots;
  readonly #now: number;
  readonly #sharing: Sharing;
  readonly #forecasts: readonly (Forecast | undefined)[];
  readonly #capacity: Float64Array;
  /** By row (a node's resource in a slot): the amount up to which nothing is ever short; NaN: not looked at yet. */
  readonly #free: Float64Array;
  /** By row: where the quantiles of the slot are in those of the forecast. */
  readonly #offset: Int32Array;

  constructor(nodes: readonly PlannedNode[], slots: Slots, now: number, sharing: Sharing) {
    const rows = nodes.length * RESOURCES.length * slots.count;
    this.#slots = slots;
    this.#now = now;
    this.#sharing = sharing;
    this.#forecasts = nodes.flatMap((node) => RESOURCES.map((_, r) => node.outlook[r]));
    this.#capacity = Float64Array.from(nodes.flatMap((node) => [...node.capacity]));
    this.#free = new Float64Array(rows).fill(NaN);
    this.#offset = new Int32Array(rows);
  }

  /** Is there a forecast? Without one nothing is expected to be short. */
  knows(node: number, resource: number): boolean {
    return this.#forecasts[node * RESOURCES.length + resource] !== undefined;
  }

  /** Leaves its answer in `contention` and `speed`, so that nothing is allocated in the innermost loop. */
  look(node: number, resource: number, slot: number, amount: number): void {
    const series = node * RESOURCES.length + resource;
    const row = series * this.#slots.count + slot;
    let free = this.#free[row] ?? 0;
    if (Number.isNaN(free)) free = this.#read(series, slot, row);
    const forecast = this.#forecasts[series];
    if (amount <= free || forecast === undefined) {
      this.contention = 0;
      this.speed = 1;
      return;
    }
    const { levels, weights, values } = forecast;
    const offset = this.#offset[row] ?? 0;
    const capacity = this.#capacity[series] ?? 0;
    this.contention = shortfallProbability(levels, values, offset, amount);
    this.speed = expectedSpeed(weights, values, offset, amount, capacity, this.#sharing);
  }

  /** Most of a forecast is never looked at: rows are made ready when they are asked for. */
  #read(series: number, slot: number, row: number): number {
    const forecast = this.#forecasts[series];
    if (forecast === undefined) return (this.#free[row] = Infinity);
    const { start, length } = this.#slots;
    // A slot is asked about at its middle: it is no longer than a step of the forecast.
    const step = stepAt(forecast, this.#now + (start + (slot + 0.5) * length) * 1000);
    const offset = step * forecast.levels.length;
    this.#offset[row] = offset;
    const free = surelyFree(forecast, offset);
    return (this.#free[row] = free - ROUNDING * Math.max(1, Math.abs(free)));
  }
}

/** The amount at which the probability of a shortfall leaves 0: the outermost slope goes on (contention.ts). */
function surelyFree({ levels, values }: Forecast, offset: number): number {
  const lowest = values[offset] ?? 0;
  const [first = 0, second = first] = levels;
  if (first <= 0 || second <= first) return lowest;
  const next = values[offset + 1] ?? lowest;
  return lowest - ((next - lowest) * first) / (second - first);
}
