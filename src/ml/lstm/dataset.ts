/**
 * What the LSTM learns from: moments of the past of all series, and what came after them. Drawn anew for each batch,
 * with the code that makes the inputs of a forecast; nothing at or after `endRow` of a series is read.
 */
import { Course } from '../../core/forecast/course.ts';
import { GATE_LEVELS } from '../../core/forecast/gate/inputs.ts';
import { fewestRows, fillLead, inputAt } from '../../core/forecast/lstm/inputs.ts';
import { standardise } from '../../core/forecast/lstm/network.ts';
import { CHANNELS, LEAD_FIGURES, STATIC_FIGURES } from '../../core/forecast/lstm/shape.ts';
import type { LstmShape } from '../../core/forecast/lstm/shape.ts';
import type { LstmWeights } from '../../core/forecast/lstm/weights.ts';
import type { Resource } from '../../core/resources.ts';
import type { Random } from '../../runtime/random.ts';
import { seasonalScale } from '../gate/samples.ts';
import type { KnownSeries } from '../known-series.ts';

export type LstmScaler = LstmWeights['scaler'];

/** Moments with some leads each. Arrays are row-major. */
export interface LstmBatch {
  readonly moments: number;
  readonly leads: number;
  /** One array `[moments, CHANNELS]` a block. */
  readonly blocks: readonly Float32Array[];
  /** `[moments, STATIC_FIGURES]` */
  readonly figures: Float32Array;
  /** `[moments * leads, LEAD_FIGURES]` */
  readonly leadFigures: Float32Array;
  /** What came, standardised: `[moments * leads]`. */
  readonly targets: Float32Array;
  /** By how much each target counts; 0 where nothing was measured. */
  readonly importance: Float32Array;
}

/** Standardised values beyond it count as if they were there. */
const TARGET_LIMIT = 10;
/** Series that hardly move shall not count without bound. */
const LEAST_SCALE = 0.15;
const CONTEXT_DAYS = 14;
const SCALER_MOMENTS = 1500;

export class LstmDataset {
  readonly #courses: readonly { course: Course; resource: Resource; last: number }[];
  readonly #shape: LstmShape;
  readonly #horizon: number;
  readonly #random: Random;

  constructor(series: readonly KnownSeries[], shape: LstmShape, horizon: number, random: Random) {
    this.#shape = shape;
    this.#horizon = horizon;
    this.#random = random;
    this.#courses = series
      .filter(({ endRow }) => endRow > fewestRows(shape) + 1)
      .map(({ series: { startTime, stepSeconds, values }, resource, capacity, endRow }) => {
        const known = { startTime, stepSeconds, values: values.subarray(0, endRow) };
        const course = new Course(known, { horizon, levels: GATE_LEVELS, capacity });
        return { course, resource, last: endRow - 1 };
      });
  }

  /** Series that are long enough to be learned from. */
  get series(): number {
    return this.#courses.length;
  }

  scaler(leads: number): LstmScaler {
    const batch = this.#draw(SCALER_MOMENTS, leads, identity());
    const [staticMean, staticDeviation] = momentsOf(batch.figures, STATIC_FIGURES);
    const [leadMean, leadDeviation] = momentsOf(batch.leadFigures, LEAD_FIGURES);
    return { staticMean, staticDeviation, leadMean, leadDeviation };
  }

  draw(moments: number, leads: number, scaler: LstmScaler): LstmBatch {
    return this.#draw(moments, leads, scaler, standardise);
  }

  #draw(moments: number, leads: number, scaler: LstmScaler, scale?: typeof standardise): LstmBatch {
    const blocks = Array.from({ length: this.#shape.blocks }, () => new Float32Array(moments * CHANNELS));
    const figures = new Float32Array(moments * STATIC_FIGURES);
    const leadFigures = new Float32Array(moments * leads * LEAD_FIGURES);
    const targets = new Float32Array(moments * leads);
    const importance = new Float32Array(moments * leads);
    const raw = new Float64Array(LEAD_FIGURES);
    for (let m = 0; m < moments; m++) {
      const { course, resource, origin } = this.#moment();
      const input = inputAt(course, origin, this.#shape, resource);
      blocks.forEach((block, b) => {
        for (let c = 0; c < CHANNELS; c++) block[m * CHANNELS + c] = input.blocks[b * CHANNELS + c] ?? 0;
      });
      if (scale === undefined) figures.set(input.figures, m * STATIC_FIGURES);
      else scale(input.figures, 0, scaler.staticMean, scaler.staticDeviation, figures, m * STATIC_FIGURES);
      const weight = importanceOf(course, origin, input.scale);
      for (let k = 0; k < leads; k++) {
        const i = m * leads + k;
        const lead = this.#lead(k, leads, course.values.length - origin);
        fillLead(course, origin, lead, input, raw);
        if (scale === undefined) leadFigures.set(raw, i * LEAD_FIGURES);
        else scale(raw, 0, scaler.leadMean, scaler.leadDeviation, leadFigures, i * LEAD_FIGURES);
        const actual = course.values[origin - 1 + lead] ?? NaN;
        if (Number.isNaN(actual)) continue;
        const target = (actual - input.location) / input.scale;
        targets[i] = Math.min(TARGET_LIMIT, Math.max(-TARGET_LIMIT, target));
        importance[i] = weight;
      }
    }
    return { moments, leads, blocks, figures, leadFigures, targets, importance };
  }

  #moment(): { course: Course; resource: Resource; origin: number } {
    const fewest = fewestRows(this.#shape);
    const found = this.#courses[Math.floor(this.#random() * this.#courses.length)];
    if (found === undefined) throw new RangeError('there is no series to learn from');
    const drawn = fewest + Math.floor(this.#random() * (found.last - fewest));
    // A forecast stands after a measured row; before the first measured one nothing is known.
    const origin = Math.max(fewest, found.course.measuredEnd(drawn));
    return { ...found, origin };
  }

  /** Half of the leads evenly over the horizon, half evenly over its logarithm; within what is known. */
  #lead(k: number, leads: number, known: number): number {
    const furthest = Math.max(1, Math.min(this.#horizon, known));
    const share = (Math.floor(k / 2) + this.#random()) / Math.ceil(leads / 2);
    const lead = k % 2 === 0 ? share * furthest : furthest ** share;
    return Math.min(furthest, Math.max(1, Math.ceil(lead)));
  }
}

/** Deviation of the window over how far the series is off from one day to the next, within bounds. */
function importanceOf(course: Course, origin: number, scale: number): number {
  const season = origin > 2 * course.day ? course.day : 1;
  const from = Math.max(0, origin - CONTEXT_DAYS * course.day);
  return scale / Math.max(seasonalScale(course.values, season, from, origin), LEAST_SCALE * scale);
}

function identity(): LstmScaler {
  const none = new Float64Array(0);
  return { staticMean: none, staticDeviation: none, leadMean: none, leadDeviation: none };
}

function momentsOf(rows: Float32Array, width: number): [mean: Float64Array, deviation: Float64Array] {
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  const count = rows.length / width;
  rows.forEach((value, i) => {
    const column = i % width;
    mean[column] = (mean[column] ?? 0) + value / count;
    squares[column] = (squares[column] ?? 0) + (value * value) / count;
  });
  return [mean, squares.map((s, c) => Math.sqrt(Math.max(0, s - (mean[c] ?? 0) ** 2)) + 1e-2)];
}
