/**
 * Looks for a better plan ahead: priorities are changed a little at random, and what makes the plan shorter is kept.
 * The random numbers depend on nothing but the try, so that one problem always gets one plan.
 */
import type { ListScheduler, Schedule } from './list-schedule.ts';

/** By how much priorities are changed, and of which share of the tasks: from try to try another pair. */
const CHANGES = [
  { by: 0.02, share: 0.1 },
  { by: 0.1, share: 1 },
  { by: 0.3, share: 0.1 },
  { by: 0.02, share: 1 },
  { by: 0.1, share: 0.1 },
  { by: 0.3, share: 1 },
] as const;

/** @param offset by task: keeps tasks of workflows that come first ahead of the others, whatever their priority */
export function improved(
  scheduler: ListScheduler,
  first: Schedule,
  priority: Float64Array,
  offset: Float64Array,
  tries: number,
): Schedule {
  let best = first;
  let kept = priority;
  for (let attempt = 0; attempt < tries; attempt++) {
    const { by, share } = CHANGES[attempt % CHANGES.length] ?? CHANGES[0];
    const changed = kept.map((p, task) =>
      uniform(attempt, 2 * task) < share ? p * (1 + by * (2 * uniform(attempt, 2 * task + 1) - 1)) : p,
    );
    const schedule = scheduler.schedule(
      changed.map((p, task) => p + (offset[task] ?? 0)),
      best.makespan,
    );
    if (schedule === undefined) continue;
    best = schedule;
    kept = changed;
  }
  return best;
}

/** 0..1, evenly spread over pairs of numbers (the finalizer of MurmurHash3). */
function uniform(a: number, b: number): number {
  let h = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
