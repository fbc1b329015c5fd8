/** Quantiles of weighted values. */

export interface Weighted {
  readonly value: number;
  /** More than 0. */
  readonly weight: number;
}

/** Shares are sums of rounded weights: a share that is this near is the same. */
const TOLERANCE = 1e-9;

/**
 * The mean of the lowest and the highest value at which the share of what is not above it passes `level`: for a median
 * of equal weights the usual one. It never falls when a value grows, which interpolation between unequal weights
 * would not hold. NaN: of no values.
 */
export function weightedQuantile(values: readonly Weighted[], level: number): number {
  const ascending = values.toSorted((a, b) => a.value - b.value);
  const total = ascending.reduce((sum, { weight }) => sum + weight, 0);
  let share = 0;
  let low: number | undefined;
  for (const { value, weight } of ascending) {
    share += weight / total;
    if (low === undefined && share >= level - TOLERANCE) low = value;
    if (low !== undefined && share > level + TOLERANCE) return (low + value) / 2;
  }
  return low ?? ascending.at(-1)?.value ?? NaN;
}

/** How many values of full weight they are worth. */
export function totalWeight(values: readonly Weighted[]): number {
  return values.reduce((sum, { weight }) => sum + weight, 0);
}
