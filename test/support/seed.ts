/**
 * Property tests draw the same cases in every run, so that a change fails for what it changed; `FAST_CHECK_SEED=N` draws
 * others. A failure prints its seed and path, with which `fc.assert(…, { seed, path })` repeats it.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 7) });
