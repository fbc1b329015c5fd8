/**
 * How good forecasts were, by the measures of the field.
 *
 * - MASE: mean absolute error of the median over the in-sample seasonal-naive error (Hyndman and Koehler, 2006).
 * - SQL: mean over steps and deciles of twice the pinball loss, over the same scale; the scaled CRPS.
 * - WQL: summed over a source and resource, twice the pinball loss over the sum of |actual|; then the mean of these.
 * - cov80: share of actual values within the 10 % and 90 % quantiles, mean over tasks.
 */
import { pinballLoss } from '../../core/forecast/index.ts';
import type { QuantileForecast } from '../../core/forecast/index.ts';
import type { Resource } from '../../core/resources.ts';
import type { Task } from './tasks.ts';

export interface TaskScore {
  readonly model: string;
  readonly resource: Resource;
  /** Of pooled sums: source and resource. */
  readonly pool: string;
  readonly mase: number;
  readonly sql: number;
  readonly cov80: number;
  /** Twice the pinball loss (mean over levels), summed over steps. */
  readonly loss: number;
  /** Sum of |actual|. */
  readonly amount: number;
}

export interface Summary {
  readonly tasks: number;
  readonly mase: number;
  readonly sql: number;
  readonly wql: number;
  readonly cov80: number;
}

/**
 * @param values the whole series; steps that were not measured are not scored
 * @returns undefined where nothing of the horizon was measured
 */
export function scoreTask(
  model: string,
  resource: Resource,
  task: Task,
  values: Float64Array,
  forecast: QuantileForecast,
): TaskScore | undefined {
  const { levels } = forecast;
  const [low, middle, high] = [0.1, 0.5, 0.9].map((level) => levels.indexOf(level));
  const known = values.subarray(Math.max(0, task.origin - task.context), task.origin);
  const at = (step: number, level = 0): number => forecast.values[step * levels.length + level] ?? NaN;
  let steps = 0;
  let loss = 0;
  let error = 0;
  let held = 0;
  let amount = 0;
  for (let step = 0; step < forecast.steps; step++) {
    const actual = values[task.origin + step] ?? NaN;
    if (Number.isNaN(actual)) continue;
    steps += 1;
    amount += Math.abs(actual);
    error += Math.abs(actual - at(step, middle));
    if (actual >= at(step, low) && actual <= at(step, high)) held += 1;
    let sum = 0;
    levels.forEach((level, l) => (sum += pinballLoss(actual, at(step, l), level)));
    loss += (2 * sum) / levels.length;
  }
  if (steps === 0) return undefined;
  const scale = seasonalScale(known, task.season);
  return {
    model,
    resource,
    pool: `${task.source}/${resource}`,
    mase: error / steps / scale,
    sql: loss / steps / scale,
    cov80: held / steps,
    loss,
    amount,
  };
}

/** Mean absolute difference to the season before; of a constant series, a thousandth of its level. */
export function seasonalScale(known: Float64Array, season: number): number {
  let differences = 0;
  let pairs = 0;
  let level = 0;
  let rows = 0;
  known.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    level += Math.abs(value);
    rows += 1;
    const before = known[i - season] ?? NaN;
    if (Number.isNaN(before)) return;
    differences += Math.abs(value - before);
    pairs += 1;
  });
  const least = 1e-3 * (level / Math.max(1, rows) + 1e-9);
  return Math.max(pairs === 0 ? 0 : differences / pairs, least);
}

export function summarise(scores: readonly TaskScore[]): Summary {
  const mean = (of: (score: TaskScore) => number): number =>
    scores.reduce((sum, score) => sum + of(score), 0) / scores.length;
  const pools = [...Map.groupBy(scores, (score) => score.pool).values()].map((pool) => {
    const sum = (of: (score: TaskScore) => number): number => pool.reduce((s, score) => s + of(score), 0);
    return (
      sum((s) => s.loss) /
      Math.max(
        sum((s) => s.amount),
        1e-9,
      )
    );
  });
  return {
    tasks: scores.length,
    mase: mean((s) => s.mase),
    sql: mean((s) => s.sql),
    wql: pools.reduce((sum, w) => sum + w, 0) / pools.length,
    cov80: mean((s) => s.cov80),
  };
}
