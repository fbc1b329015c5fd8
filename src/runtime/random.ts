/**
 * Seeded randomness for jitter. Not for secrets.
 *
 * The generator is mulberry32 (Tommy Ettinger, public domain): 32 bits of state, uniform enough to spread retries.
 */

/** A number in [0, 1). */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `ms`, plus up to `fraction` of it: many clients that wait the same time then do not come back at once. */
export function jittered(ms: number, random: Random, fraction = 0.1): number {
  return ms * (1 + fraction * random());
}
