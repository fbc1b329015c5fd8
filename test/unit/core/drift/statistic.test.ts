import { expect } from 'chai';
import fc from 'fast-check';
import { NO_DRIFT, hasDrifted, permille, update } from '../../../../src/core/drift/statistic.ts';
import type { DriftState } from '../../../../src/core/drift/statistic.ts';
import { random } from '../forecast/helpers.ts';

const BAND = { low: 10, high: 20 };
const after = (observed: readonly number[], from: DriftState = NO_DRIFT): DriftState =>
  observed.reduce((state, value) => update(state, { observed: value, ...BAND }), from);
const times = (count: number, value: number) => Array<number>(count).fill(value);

/** Samples until drift is declared, when a share `p` of them is above the band. */
function runLength(p: number, next: () => number): number {
  let state = NO_DRIFT;
  while (!hasDrifted(state)) state = update(state, { observed: next() < p ? 30 : 15, ...BAND });
  return state.samples;
}

describe('The drift statistic', () => {
  it('declares drift after six samples above the band in a row, and not after five', () => {
    expect(permille(after(times(5, 30)))).to.be.within(850, 999);
    expect(permille(after(times(6, 30)))).to.be.at.least(1000);
    expect(hasDrifted(after(times(5, 30)))).to.equal(false);
    expect(hasDrifted(after(times(6, 30)))).to.equal(true);
  });

  it('forgives what lies between: every sample inside takes something away, to no less than nothing', () => {
    expect(permille(after([...times(3, 15), 30]))).to.equal(permille(after([30])));
    expect(permille(after([30, 15, 15, 15]))).to.equal(0);
  });

  it('takes load below the band for an error of the forecast, not for drift', () => {
    const state = after(times(100, 1));
    expect(permille(state)).to.equal(0);
    expect(state).to.include({ samples: 100, above: 0, below: 100 });
  });

  it('takes the edges of the band as inside', () => {
    expect(after([10, 20])).to.include({ above: 0, below: 0 });
    const constant = Array.from({ length: 50 }).reduce<DriftState>(
      (state) => update(state, { observed: 5, low: 5, high: 5 }),
      NO_DRIFT,
    );
    expect(permille(constant)).to.equal(0);
  });

  it('is over after a few samples inside, however long it lasted', () => {
    expect(hasDrifted(after(times(4, 15), after(times(10_000, 30))))).to.equal(false);
  });

  it('is not changed by what was not measured', () => {
    const state = after([30, 30]);
    expect(update(state, { observed: NaN, ...BAND })).to.equal(state);
  });

  it('stays between 0 and 1250 permille', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 40, noNaN: true })), (observed) => {
        expect(permille(after(observed))).to.be.within(0, 1250);
      }),
    );
  });

  it('raises a false alarm no oftener than once in 10,000 samples of a right forecast', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const next = random(seed);
        const runs = Array.from({ length: 20 }, () => runLength(0.1, next));
        // The mean of 20 run lengths, which are about exponential: its spread is a fifth.
        expect(runs.reduce((a, b) => a + b) / runs.length).to.be.greaterThan(10_000);
      }),
      { numRuns: 3, seed: 11 },
    );
  });

  it('finds a load that is above its band half of the time within twenty samples, on average', () => {
    const next = random(3);
    const runs = Array.from({ length: 500 }, () => runLength(0.5, next));
    expect(runs.reduce((a, b) => a + b) / runs.length).to.be.lessThan(20);
  });
});
