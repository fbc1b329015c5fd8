/**
 * How much slower a task runs where its node is short of something: the expected share of its speed that is
 * left, by the quantiles of what is available.
 */
import type { Sharing } from './snapshot.ts';

/** No task is expected to come to a halt: a forecast knows too little to say so, and a window must end. */
export const SLOWEST = 0.05;

/** The probability that each level stands for: half of the way to its neighbours, the outermost ones with their tails. */
export function levelWeights(levels: readonly number[]): number[] {
  const last = levels.length - 1;
  return levels.map((level, l) => {
    const from = l === 0 ? 0 : ((levels[l - 1] ?? 0) + level) / 2;
    const to = l === last ? 1 : (level + (levels[l + 1] ?? 1)) / 2;
    return to - from;
  });
}

/**
 * Expected speed, 0.05..1, of tasks that together ask for `amount`. Proportional: everything on the node gets
 * the same share of what it asks for. Background first: tasks share what the background leaves.
 */
export function expectedSpeed(
  weights: ArrayLike<number>,
  available: ArrayLike<number>,
  offset: number,
  amount: number,
  capacity: number,
  sharing: Sharing,
): number {
  let speed = 0;
  for (let l = 0; l < weights.length; l++) {
    const free = available[offset + l] ?? 0;
    let share = 1;
    if (free < amount)
      share = sharing === 'Proportional' ? capacity / (capacity - free + amount) : free / amount;
    speed += (weights[l] ?? 0) * share;
  }
  return Math.min(1, Math.max(SLOWEST, speed));
}
