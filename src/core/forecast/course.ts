/**
 * A series as the experts look at it: with what several of them need, computed once and only when asked for.
 *
 * Everything derived at row t comes from rows up to t alone, so that one course serves every origin in it.
 */
import { RowOrder } from './row-order.ts';
import type { Series } from './types.ts';

const DAY_SECONDS = 86_400;
/** Days that the level of a time of day is the mean of. */
const SEASONAL_DAYS = 3;

/** A load without the level that its time of day had on the days before. */
export interface Deseasonalised {
  /** NaN in the first day. */
  readonly values: Float64Array;
  /** The level of row `origin - 1 + lead`, from days that end before `origin`; NaN where there is none. */
  readonly level: (origin: number, lead: number) => number;
}

export class Course {
  /** NaN: not measured. */
  readonly values: Float64Array;
  readonly stepSeconds: number;
  /** Rows a day. */
  readonly day: number;
  /** Levels of the quantiles that experts give, ascending. */
  readonly levels: readonly number[];
  /** Largest lead that is asked for. */
  readonly horizon: number;
  #filled: Float64Array | undefined;
  #order: RowOrder | undefined;
  #deseasonalised: Deseasonalised | undefined;
  readonly #smoothed = new Map<string, Float64Array>();
  readonly #shared = new Map<string, unknown>();

  /** Upper bound of the load. */
  readonly capacity: number;

  constructor(
    series: Series,
    options: { readonly horizon: number; readonly levels: readonly number[]; readonly capacity: number },
  ) {
    const { horizon, levels, capacity } = options;
    this.values = series.values;
    this.stepSeconds = series.stepSeconds;
    this.day = Math.max(1, Math.round(DAY_SECONDS / series.stepSeconds));
    this.horizon = horizon;
    this.levels = levels;
    this.capacity = capacity;
  }

  /** Rows in a time; not rounded. */
  rows(seconds: number): number {
    return seconds / this.stepSeconds;
  }

  /** Gaps hold the value before them; zero before the first. */
  get filled(): Float64Array {
    this.#filled ??= fillForward(this.values);
    return this.#filled;
  }

  /** All rows by what is `filled` in. */
  get order(): RowOrder {
    this.#order ??= new RowOrder(this.filled);
    return this.#order;
  }

  get deseasonalised(): Deseasonalised {
    this.#deseasonalised ??= deseasonalise(this.filled, this.day);
    return this.#deseasonalised;
  }

  /** Exponentially weighted mean of what was last seen, of the load or of what is left of it without its season. */
  smoothed(spanRows: number, of: 'load' | 'anomaly' = 'load'): Float64Array {
    const key = `${of} ${spanRows}`;
    let found = this.#smoothed.get(key);
    if (found === undefined) {
      found = smooth(of === 'load' ? this.filled : this.deseasonalised.values, spanRows);
      this.#smoothed.set(key, found);
    }
    return found;
  }

  /** What several experts share, made by the first that asks. The key says who made it and for what. */
  shared<T>(key: string, make: () => T): T {
    if (!this.#shared.has(key)) this.#shared.set(key, make());
    return this.#shared.get(key) as T;
  }

  /** One more than the last measured row before `origin`; 0 where there is none. */
  measuredEnd(origin: number): number {
    let end = Math.min(origin, this.values.length);
    while (end > 0 && Number.isNaN(this.values[end - 1])) end -= 1;
    return end;
  }
}

function fillForward(values: Float64Array): Float64Array {
  const filled = new Float64Array(values.length);
  let last = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? NaN;
    if (!Number.isNaN(value)) last = value;
    filled[row] = last;
  }
  return filled;
}

/** Span as in pandas: α = 2 / (span + 1). NaN is passed over. */
function smooth(values: Float64Array, span: number): Float64Array {
  const alpha = 2 / (span + 1);
  const levels = new Float64Array(values.length);
  let level = NaN;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? NaN;
    if (!Number.isNaN(value)) level = Number.isNaN(level) ? value : level + alpha * (value - level);
    levels[row] = level;
  }
  return levels;
}

function deseasonalise(filled: Float64Array, day: number): Deseasonalised {
  /** Mean of the days before `row` at its time, of which `nearest` is the latest. */
  const levelOf = (row: number, nearest: number): number => {
    let sum = 0;
    let count = 0;
    for (let d = nearest; d < nearest + SEASONAL_DAYS; d++) {
      const before = row - d * day;
      if (before < 0) break;
      sum += filled[before] ?? 0;
      count += 1;
    }
    return sum / count; // 0 / 0 is NaN: no day before
  };
  return {
    values: filled.map((value, row) => value - levelOf(row, 1)),
    level: (origin, lead) => levelOf(origin - 1 + lead, Math.ceil(lead / day)),
  };
}
