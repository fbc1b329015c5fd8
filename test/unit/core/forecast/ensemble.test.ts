import { expect } from 'chai';
import { RunningAccuracy } from '../../../../src/core/forecast/accuracy.ts';
import { Calibration } from '../../../../src/core/forecast/calibration.ts';
import { BUCKETS, bucketOf, judgingLeads, judgingStride } from '../../../../src/core/forecast/judging.ts';
import { crps } from '../../../../src/core/forecast/judge.ts';
import { RunningLosses } from '../../../../src/core/forecast/running-losses.ts';
import { random } from './helpers.ts';

const LEVELS = [0.1, 0.5, 0.9];

describe('Judging', () => {
  it('asks leads of every bucket, near ones and far ones apart', () => {
    for (const count of [0, 1, 17, 159_432]) {
      const near = judgingLeads(count, 288, 'near');
      const far = judgingLeads(count, 288, 'far');
      expect(new Set([...near, ...far].map(bucketOf)).size).to.equal(BUCKETS);
      expect(near.every((lead) => lead >= 1 && lead <= 36)).to.equal(true);
      expect(far.every((lead) => lead > 36 && lead <= 288)).to.equal(true);
      expect(judgingLeads(count, 20, 'far')).to.deep.equal([]);
    }
  });

  it('asks all leads in the long run', () => {
    const asked = new Set<number>();
    for (let count = 0; count < 2000; count++) {
      for (const part of ['near', 'far'] as const)
        for (const lead of judgingLeads(count, 96, part)) asked.add(lead);
    }
    expect(asked.size).to.equal(96);
  });

  it('takes place every three hours, and more often where rows are fine', () => {
    expect([300, 900, 100, 57, 15].map(judgingStride)).to.deep.equal([36, 36, 12, 12, 12]);
  });

  it('measures quantiles by twice their mean pinball loss', () => {
    expect(crps(10, Float64Array.of(8, 10, 14), 0, LEVELS)).to.be.closeTo((2 / 3) * (0.2 + 0 + 0.4), 1e-12);
  });
});

describe('Running losses', () => {
  it('are means of late, apart for buckets, the fast ones sooner', () => {
    const losses = new RunningLosses(2);
    for (let i = 0; i < 50; i++) losses.add(3, Float64Array.of(1, NaN));
    for (let i = 0; i < 4; i++) losses.add(3, Float64Array.of(3, 5));
    expect(losses.mean('fast', 3, 0)).to.be.closeTo(2, 0.01);
    expect(losses.mean('slow', 3, 0)).to.be.within(1.1, 1.4);
    expect(losses.mean('slow', 3, 1)).to.be.closeTo(5, 1e-6);
    expect(losses.mean('slow', 2, 0)).to.be.NaN;
  });
});

describe('Calibration', () => {
  /** Normal numbers from sums of twelve. */
  const normal = (next: () => number): number => Array.from({ length: 12 }, next).reduce((a, b) => a + b) - 6;

  const coverage = (claimed: number): number => {
    const next = random(4);
    const calibration = new Calibration();
    let held = 0;
    for (let i = 0; i < 6000; i++) {
      const quantiles = Float64Array.of(50 - claimed, 50, 50 + claimed);
      calibration.apply(2, LEVELS, quantiles);
      const actual = 50 + normal(next);
      if (i >= 3000 && actual >= (quantiles[0] ?? 0) && actual <= (quantiles[2] ?? 0)) held += 1;
      calibration.learn(2, LEVELS, quantiles, actual);
    }
    return held / 3000;
  };

  it('makes 80 % intervals hold 80 %, be they too narrow or too wide', () => {
    expect(coverage(0.7)).to.be.within(0.78, 0.82);
    expect(coverage(2.2)).to.be.within(0.78, 0.82);
  });

  it('leaves other buckets alone', () => {
    const calibration = new Calibration();
    for (let i = 0; i < 9; i++) calibration.learn(1, LEVELS, Float64Array.of(1, 2, 3), 9);
    const [near, far] = [Float64Array.of(1, 2, 3), Float64Array.of(1, 2, 3)];
    calibration.apply(1, LEVELS, near);
    calibration.apply(4, LEVELS, far);
    expect(near[2]).to.be.greaterThan(3.05);
    expect([...far]).to.deep.equal([1, 2, 3]);
  });
});

describe('Running accuracy', () => {
  it('tells the loss against the naive one and the share that held; without cases nothing', () => {
    const accuracy = new RunningAccuracy();
    expect(accuracy.result(1)).to.deep.equal({ lossRatio: undefined, coverage: undefined });
    accuracy.add(2, Float64Array.of(1, 2, 3), Float64Array.of(0, 2, 4), LEVELS);
    accuracy.add(9, Float64Array.of(1, 2, 3), undefined, LEVELS);
    const { lossRatio, coverage } = accuracy.result(1);
    expect(lossRatio).to.be.closeTo(0.5, 1e-6);
    expect(coverage).to.be.closeTo(0.5, 1e-2);
  });
});
