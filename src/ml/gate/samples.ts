/**
 * What the gate learns from: at origins of the past, what it would have seen of a lead, and what came.
 *
 * Losses that the gate sees at an origin are of leads whose time had come by then; nothing at or after the origin is
 * read but the actual value itself.
 */
import { Course } from '../../core/forecast/course.ts';
import { EXPERTS } from '../../core/forecast/experts/index.ts';
import { GATE_LEVELS, GateInput, inputSize } from '../../core/forecast/gate/inputs.ts';
import { shapeAt } from '../../core/forecast/gate/shape.ts';
import { Judge, remember } from '../../core/forecast/judge.ts';
import type { Verdict } from '../../core/forecast/judge.ts';
import { judgingStride, rowsToCome } from '../../core/forecast/judging.ts';
import type { Part } from '../../core/forecast/judging.ts';
import { Panel } from '../../core/forecast/panel.ts';
import { RunningLosses } from '../../core/forecast/running-losses.ts';
import type { KnownSeries } from '../known-series.ts';

export interface TrainingSeries extends KnownSeries {
  /** Losses of the series of a pool are weighed against their mean amount. */
  readonly pool: string;
  /** Rows ahead. */
  readonly horizon: number;
  /** Samples are of origins from this row on; from where experts have much to say, unless told. */
  readonly firstOrigin?: number;
}

const SCALE_LIMIT = 12;
/** Before so many days (rows, where rows are fine) neither experts nor losses say much. */
const FIRST_ORIGIN = { days: 7, rows: 240 } as const;
const CONTEXT_DAYS = 14;
/** Weight of the scaled loss (SQL) and of the loss against the pool's mean amount (WQL). */
const IMPORTANCE = { scaled: 0.5, amount: 0.15 } as const;
/** Series that hardly move shall not count without bound: the scale is at least so much of the deviation. */
const LEAST_SCALE = 0.08;

/** Rows of samples, in single precision: what a training set is mostly made of is memory. */
export class Samples {
  readonly inputs = inputSize(EXPERTS.length);
  readonly #x: Float32Array[] = [];
  readonly #relative: Float32Array[] = [];
  readonly #scaled: Float32Array[] = [];
  readonly #has: Uint8Array[] = [];
  readonly #actual: number[] = [];
  readonly #scaledWeight: number[] = [];
  readonly #scale: number[] = [];
  readonly #amount: number[] = [];
  readonly #pool: string[] = [];
  readonly #origin: number[] = [];

  get size(): number {
    return this.#actual.length;
  }

  /** `actual` in the load's unit; `location`, `scale` are of the input. */
  add(
    input: GateInput,
    pool: string,
    outcome: { origin: number; actual: number; location: number; scale: number; seasonalScale: number },
  ): void {
    const { origin, actual, location, scale, seasonalScale } = outcome;
    this.#x.push(Float32Array.from(input.x));
    this.#relative.push(Float32Array.of(...input.relative.slow, ...input.relative.fast));
    this.#scaled.push(Float32Array.from(input.scaled));
    this.#has.push(input.has.slice());
    this.#actual.push(Math.max(-SCALE_LIMIT, Math.min(SCALE_LIMIT, (actual - location) / scale)));
    this.#scaledWeight.push((IMPORTANCE.scaled * scale) / Math.max(seasonalScale, LEAST_SCALE * scale));
    this.#scale.push(scale);
    this.#amount.push(Math.abs(actual));
    this.#pool.push(pool);
    this.#origin.push(origin);
  }

  /** Row of the series at which the future of a sample begins. */
  originOf(i: number): number {
    return this.#origin[i] ?? NaN;
  }

  at(i: number): Sample {
    const [x, relative, scaled, has] = [this.#x[i], this.#relative[i], this.#scaled[i], this.#has[i]];
    if (x === undefined || relative === undefined || scaled === undefined || has === undefined) {
      throw new RangeError(`there is no sample ${i}`);
    }
    return { x, relative, scaled, has, actual: this.#actual[i] ?? 0 };
  }

  /** By how much each sample counts, 1 on average; the heaviest hundredth is levelled. */
  importance(): Float64Array {
    const amounts = new Map<string, { sum: number; count: number }>();
    this.#pool.forEach((pool, i) => {
      const of = amounts.get(pool) ?? { sum: 0, count: 0 };
      amounts.set(pool, { sum: of.sum + (this.#amount[i] ?? 0), count: of.count + 1 });
    });
    const weights = Float64Array.from(this.#pool, (pool, i) => {
      const { sum = 0, count = 1 } = amounts.get(pool) ?? {};
      return (
        (this.#scaledWeight[i] ?? 0) +
        (IMPORTANCE.amount * (this.#scale[i] ?? 0)) / Math.max(sum / count, 1e-12)
      );
    });
    const limit = weights.slice().sort()[Math.floor(0.99 * weights.length)] ?? Infinity;
    const levelled = weights.map((w) => Math.min(w, limit));
    const mean = levelled.reduce((sum, w) => sum + w, 0) / levelled.length;
    return levelled.map((w) => w / mean);
  }
}

export interface Sample {
  readonly x: Float32Array;
  /** Slow, then fast. */
  readonly relative: Float32Array;
  readonly scaled: Float32Array;
  readonly has: Uint8Array;
  /** `(value - location) / scale`. */
  readonly actual: number;
}

/** Adds a sample for each judged lead of each origin. */
export function collectSamples(training: TrainingSeries, into: Samples): void {
  const { resource, pool, capacity, horizon, endRow } = training;
  const { startTime, stepSeconds, values } = training.series;
  const known = { startTime, stepSeconds, values: values.subarray(0, endRow) };
  const course = new Course(known, { horizon, levels: GATE_LEVELS, capacity });
  const experts = EXPERTS.length;
  const panel = new Panel(EXPERTS, course);
  const judge = new Judge(panel, experts);
  const losses = new RunningLosses(experts);
  const input = new GateInput(experts);
  const stride = judgingStride(stepSeconds);
  const pending: { readonly due: number; readonly verdict: Verdict }[] = [];
  const isLong = endRow > FIRST_ORIGIN.days * course.day;
  const earliest = isLong ? FIRST_ORIGIN.days * course.day : FIRST_ORIGIN.rows;
  const first = Math.max(earliest, training.firstOrigin ?? 0);
  const season = isLong ? course.day : 1;

  for (let count = 1; count * stride < endRow; count++) {
    const origin = count * stride;
    const due = pending.filter((p) => p.due <= origin);
    for (const { verdict } of due) remember(verdict, losses);
    pending.splice(0, pending.length, ...pending.filter((p) => p.due > origin));
    const placed = panel.at(origin);
    const shape = shapeAt(course, course.measuredEnd(origin));
    const offBySeason = seasonalScale(
      course.values,
      season,
      Math.max(0, origin - CONTEXT_DAYS * course.day),
      origin,
    );
    for (const part of ['near', 'far'] as Part[]) {
      const verdict = judge.judge(placed, origin, count, part, (lead, actual, opinions) => {
        if (origin < first) return;
        input.fill({ lead, stepSeconds, resource }, shape, opinions, losses);
        into.add(input, pool, {
          origin,
          actual,
          location: shape.location,
          scale: shape.scale,
          seasonalScale: offBySeason,
        });
      });
      pending.push({ due: origin + rowsToCome(part, horizon), verdict });
    }
  }
}

/** Mean absolute difference to the season before; at least a thousandth of the level. */
export function seasonalScale(values: Float64Array, season: number, from: number, to: number): number {
  let differences = 0;
  let pairs = 0;
  let level = 0;
  let rows = 0;
  for (let row = from; row < to; row++) {
    const value = values[row] ?? NaN;
    if (Number.isNaN(value)) continue;
    level += Math.abs(value);
    rows += 1;
    const before = row - season >= from ? (values[row - season] ?? NaN) : NaN;
    if (Number.isNaN(before)) continue;
    differences += Math.abs(value - before);
    pairs += 1;
  }
  return Math.max(pairs === 0 ? 0 : differences / pairs, 1e-3 * (level / Math.max(1, rows)) + 1e-12);
}
