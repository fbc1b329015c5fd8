import { expect } from 'chai';
import fc from 'fast-check';
import { ScoreCalibration } from '../../../../src/core/plan/calibration.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });

function learned(pairs: readonly (readonly [score: number, realised: number])[]): ScoreCalibration {
  const calibration = new ScoreCalibration();
  for (const [score, realised] of pairs) calibration.learn(score, realised);
  return calibration;
}

function times(count: number, score: number, realised: number): [number, number][] {
  return Array.from({ length: count }, () => [score, realised]);
}

describe('calibration of contention scores', () => {
  it('leaves scores as they are before anything is known', () => {
    fc.assert(fc.property(share, (score) => Math.abs(new ScoreCalibration().apply(score) - score) < 1e-12));
  });

  it('goes most of the way to what came once a hundred tasks told the same', () => {
    expect(learned(times(100, 0.3, 0.1)).apply(0.3)).to.be.within(0.1, 0.16);
    expect(learned(times(100, 0.3, 0.5)).apply(0.3)).to.be.within(0.44, 0.5);
  });

  it('makes little of one surprise', () => {
    expect(learned(times(1, 0.15, 1)).apply(0.15)).to.be.within(0.15, 0.18);
  });

  it('leaves scores alone that are far from those it learned from', () => {
    const calibration = learned(times(200, 0.1, 0));
    expect(calibration.apply(0.6)).to.be.closeTo(0.6, 1e-9);
    expect(calibration.apply(0)).to.equal(0);
  });

  it('forgets: what is so now counts, and not what was so before', () => {
    const calibration = learned([...times(4000, 0.3, 0), ...times(6000, 0.3, 0.3)]);
    expect(calibration.apply(0.3)).to.be.within(0.28, 0.3);
  });

  it('keeps scores within 0 and 1 and in their order, whatever comes', () => {
    const pairs = fc.array(fc.tuple(share, share), { maxLength: 200 });
    fc.assert(
      fc.property(pairs, share, share, (known, a, b) => {
        const calibration = learned(known);
        const [low, high] = [calibration.apply(Math.min(a, b)), calibration.apply(Math.max(a, b))];
        return low >= 0 && low <= high + 1e-12 && high <= 1;
      }),
    );
  });
});
