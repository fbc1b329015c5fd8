/**
 * The contention score (design, section 5): the expected share of a task's run time in which at least one of
 * its resources is likely short,
 *
 *     contention = 1 - mean over [s, s + p) of min over r of P(B <= C - R - d)
 *                =     mean over [s, s + p) of max over r of P(A < R + d)
 *
 * with the availability A = C - B, the load R of what is planned already, and the task's demand d. Resources
 * that the task does not use cannot be short for it. P comes from the forecast's quantiles.
 */

/** Sums of demands carry the error of floating point, and a forecast may have all its mass on one value. */
const TOLERANCE = 1e-9;

/**
 * P(A < amount). Quantiles are interpolated; beyond them the outermost slope goes on, until it meets 0 or 1.
 *
 * @param values ascending quantiles at `levels`, from `offset` on
 */
export function shortfallProbability(
  levels: ArrayLike<number>,
  values: ArrayLike<number>,
  offset: number,
  amount: number,
): number {
  const last = levels.length - 1;
  const x = amount - TOLERANCE * Math.max(1, Math.abs(amount));
  let upper = 0;
  while (upper <= last && (values[offset + upper] ?? 0) < x) upper += 1;
  // In a tail the two outermost quantiles make the line, between quantiles their neighbours do.
  const high = Math.min(Math.max(upper, 1), last);
  const low = Math.max(high - 1, 0);
  const from = values[offset + low] ?? 0;
  const width = (values[offset + high] ?? 0) - from;
  // Mass on one point: all of it lies above what is asked, or all of it below.
  if (!(width > 0)) return upper === 0 ? 0 : 1;
  const probability = (levels[low] ?? 0) + (((levels[high] ?? 0) - (levels[low] ?? 0)) * (x - from)) / width;
  return Math.min(1, Math.max(0, probability));
}
