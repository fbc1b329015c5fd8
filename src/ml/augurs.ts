/**
 * Exponential smoothing (AutoETS) and MSTL (Bandara, Hyndman and Bergmeir, 2021) by augurs, which is Rust in
 * WebAssembly. Some tens of milliseconds a fit: to be named, not to be part of the ensemble.
 */
import { readFile } from 'node:fs/promises';
import type { Course } from '../core/forecast/course.ts';
import type { Expert } from '../core/forecast/experts/expert.ts';
import { pointExpert } from '../core/forecast/experts/point.ts';

/** Rows that are fitted: more cost more, and tell little. */
const ETS_DAYS = 2;
const MSTL_DAYS = 5;
const FEWEST_ROWS = 48;
const HOUR_SECONDS = 3600;
/** Days before the level of a time of day is known. */
const SEASONAL_DAYS = 3;
/** A trend has halved after so long (Gardner and McKenzie, Management Science 1985): loads are bounded. */
const TREND_HALF_LIFE_SECONDS = 3600;
/** Any error, any trend, no season of its own: a season of hundreds of rows is more than it can fit. */
const ETS_SPEC = 'ZZN';

/** Throws where the package is not there. */
export async function loadAugurs(): Promise<Expert[]> {
  const [ets, mstl] = await Promise.all([import('@bsull/augurs/ets'), import('@bsull/augurs/mstl')]);
  ets.initSync({ module: await wasmOf('ets') });
  mstl.initSync({ module: await wasmOf('mstl') });

  const smoothed = (course: Course, values: Float64Array, steps: number): Float64Array | undefined =>
    dampened(fitted(new ets.AutoETS(1, ETS_SPEC), values, steps), 1, course);

  return [
    pointExpert({
      name: 'ExponentialSmoothing',
      path(course, end, steps) {
        const { day, deseasonalised, filled } = course;
        const from = Math.max(0, end - ETS_DAYS * day);
        if (end - from < FEWEST_ROWS) return undefined;
        if (end < (SEASONAL_DAYS + 1) * day) return smoothed(course, filled.slice(from, end), steps);
        // What the load is above the level of its time of day is smoothed, and the level added again.
        const rest = smoothed(course, deseasonalised.values.slice(Math.max(day, from), end), steps);
        return rest?.map((value, i) => value + deseasonalised.level(end, i + 1));
      },
    }),
    pointExpert({
      name: 'MSTL',
      path(course, end, steps) {
        const from = Math.max(0, end - MSTL_DAYS * course.day);
        const period = seasonOf(course, end - from);
        if (period === undefined) return undefined;
        const path = fitted(mstl.MSTL.ets([period]), course.filled.slice(from, end), steps);
        return dampened(path, period, course);
      },
    }),
  ];
}

interface PointFit {
  fit(values: Float64Array): void;
  predict(steps: number): { point: number[] };
  free(): void;
}

/** Undefined where no model fits, as of a series that is all the same. */
function fitted(model: PointFit, values: Float64Array, steps: number): Float64Array | undefined {
  try {
    model.fit(values);
    const { point } = model.predict(steps);
    return point.every(Number.isFinite) ? Float64Array.from(point) : undefined;
  } catch {
    return undefined;
  } finally {
    model.free();
  }
}

/** The trend is what a path rises by from one period to the next. */
function dampened(path: Float64Array | undefined, period: number, course: Course): Float64Array | undefined {
  const [first, next] = [path?.[0], path?.[period]];
  if (first === undefined || next === undefined) return path;
  const slope = (next - first) / period;
  const left = 0.5 ** (course.stepSeconds / TREND_HALF_LIFE_SECONDS);
  // left + left² + … of i + 1 steps, in place of i + 1
  return path?.map((value, i) => {
    const sum = (left * (1 - left ** (i + 1))) / (1 - left);
    return value + slope * (sum - (i + 1));
  });
}

/** A day, or an hour where less than two days are known. */
function seasonOf({ day, stepSeconds }: Course, rows: number): number | undefined {
  const hour = Math.round(HOUR_SECONDS / stepSeconds);
  return [day, hour].find((period) => period > 1 && rows >= 2 * period + FEWEST_ROWS);
}

/** Beside the module; the package does not export it by name. */
async function wasmOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const module = new URL(import.meta.resolve(`@bsull/augurs/${name}`));
  return readFile(new URL(`${name}_bg.wasm`, module));
}
