/**
 * One series and one model: judges what has come, and forecasts what will.
 *
 * `catchUp` judges every origin once, when its leads have come; a series that is seen for the first time has the
 * origins of its last days judged at once. The calibration learns from what the model would have said there.
 */
import type { Combiner } from './combiner.ts';
import type { Course } from './course.ts';
import { Judge, remember } from './judge.ts';
import { bucketOf, judgingStride, rowsToCome } from './judging.ts';
import type { Part } from './judging.ts';
import type { SeriesMemory } from './memory.ts';
import { Opinions, Panel, sanitise } from './panel.ts';
import type { Expert } from './experts/expert.ts';

/** Rows before an origin without which nothing can be judged. */
const FEWEST_ROWS = 24;
const PARTS: readonly Part[] = ['near', 'far'];

/** Origins that are judged of a series that is new, beside those of the last horizon: so many, and of all every so-manieth. */
export interface FirstOrigins {
  readonly count: number;
  readonly every: number;
}

export class SeriesForecaster {
  readonly #course: Course;
  readonly #panel: Panel;
  readonly #combiner: Combiner;
  readonly #memory: SeriesMemory;
  readonly #opinions: Opinions;
  readonly #judge: Judge;
  readonly #naive: number;
  readonly #firstOrigins: FirstOrigins;
  /** Number of row 0, counted from the epoch. */
  readonly #firstRow: number;

  /** @param naive index of the expert that accuracy is measured against */
  constructor(
    course: Course,
    parts: {
      readonly experts: readonly Expert[];
      readonly naive: number;
      readonly combiner: Combiner;
      readonly memory: SeriesMemory;
      readonly startTime: number;
      readonly firstOrigins: FirstOrigins;
    },
  ) {
    this.#course = course;
    this.#panel = new Panel(parts.experts, course);
    this.#combiner = parts.combiner;
    this.#memory = parts.memory;
    this.#naive = parts.naive;
    this.#firstOrigins = parts.firstOrigins;
    this.#opinions = new Opinions(parts.experts.length, course.levels.length);
    this.#judge = new Judge(this.#panel, parts.experts.length);
    this.#firstRow = Math.round(parts.startTime / (course.stepSeconds * 1000));
  }

  /** Judges the origins whose leads have come by the end of the course. */
  catchUp(): void {
    const { values, stepSeconds, horizon } = this.#course;
    const { judged } = this.#memory;
    const stride = judgingStride(stepSeconds);
    const end = this.#firstRow + values.length;
    const last = { near: 0, far: 0 };
    for (const part of PARTS) last[part] = Math.floor((end - rowsToCome(part, horizon)) / stride);
    const oldest = Math.ceil((this.#firstRow + FEWEST_ROWS) / stride);
    const { count: origins, every } = this.#firstOrigins;
    const from = Math.max(
      oldest,
      last.near - origins * every - Math.ceil(horizon / stride),
      Math.min(judged.near, judged.far) + 1,
    );
    const isNew = judged.near < 0;
    for (let count = from; count <= last.near; count += isNew ? every : 1) {
      const due = PARTS.filter((part) => count > judged[part] && count <= last[part]);
      if (due.length > 0) this.#judgeOrigin(count, count * stride - this.#firstRow, due);
    }
    for (const part of PARTS) judged[part] = Math.max(judged[part], last[part]);
  }

  /** Writes the quantiles of a lead from the end of the course at the course's levels; false where nobody knows. */
  predictor(): (lead: number, into: Float64Array) => boolean {
    const { levels, capacity, values } = this.#course;
    const { calibration, losses } = this.#memory;
    const placed = this.#panel.at(values.length);
    this.#combiner.place(values.length, false);
    return (lead, into) => {
      if (!placed.ask(lead, this.#opinions)) return false;
      this.#combiner.combine(lead, this.#opinions, losses, into);
      calibration.apply(bucketOf(lead), levels, into);
      sanitise(into, capacity);
      return true;
    };
  }

  #judgeOrigin(count: number, origin: number, due: readonly Part[]): void {
    const { levels, capacity } = this.#course;
    const { losses, calibration, accuracy } = this.#memory;
    const placed = this.#panel.at(origin);
    this.#combiner.place(origin, true);
    const quantiles = new Float64Array(levels.length);
    for (const part of due) {
      const verdict = this.#judge.judge(placed, origin, count, part, (lead, actual, opinions) => {
        const bucket = bucketOf(lead);
        this.#combiner.combine(lead, opinions, losses, quantiles);
        calibration.apply(bucket, levels, quantiles);
        sanitise(quantiles, capacity);
        calibration.learn(bucket, levels, quantiles, actual);
        const naive = opinions.has[this.#naive] === 1 ? opinions.of(this.#naive) : undefined;
        accuracy.add(actual, quantiles, naive, levels);
      });
      remember(verdict, losses);
    }
  }
}
