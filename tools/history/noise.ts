/**
 * Noise that is a function of time: the same seed and time always give the same number, in any order of asking.
 * Value noise (random numbers at regular times, joined smoothly) at one scale is autocorrelated over that scale.
 */

/** A 32-bit seed from words (FNV-1a). */
export function seedOf(...words: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of words.join('\n')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return hash >>> 0;
}

/** Uniform in [0, 1) for every seed and integer (the finaliser of MurmurHash3). */
export function uniform(seed: number, index: number): number {
  // Times over 2^32 slots do not occur: the index of a minute since 1970 has 25 bits.
  let h = (seed ^ Math.imul(index, 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** In [-1, 1], smooth, changing over `scaleMs`. */
export function valueNoise(seed: number, timeMs: number, scaleMs: number): number {
  const position = timeMs / scaleMs;
  const index = Math.floor(position);
  const x = position - index;
  const share = x * x * (3 - 2 * x);
  const [from, to] = [uniform(seed, index), uniform(seed, index + 1)];
  return 2 * (from + (to - from) * share) - 1;
}
