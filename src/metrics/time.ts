/**
 * Times that other clocks tell, by the clock of this process. History and forecasts have one clock, the operator's:
 * a node whose clock is ahead must not hold samples of the future, which would shut out those that come after.
 */

/**
 * @param told by the clock of a node, ms
 * @param now by the clock of this process, ms
 * @returns `told`, but never later than `now`; undefined where it is older than `stalenessMs`: then either the
 *   sample is old or the clock is wrong, and nobody can say which
 */
export function sampleTime(told: number, now: number, stalenessMs: number): number | undefined {
  if (Number.isNaN(told) || told < now - stalenessMs) return undefined;
  return Math.min(told, now);
}
