import { expect } from 'chai';
import fc from 'fast-check';
import { CounterRates } from '../../../src/metrics/counter-rates.ts';

describe('CounterRates', () => {
  const look = (...readings: [time: number, value: number][]) => {
    const rates = new CounterRates();
    return readings.map(([time, value]) => rates.rate('a', time, value));
  };

  it('gives units per second from one look to the next, and nothing at the first', () => {
    expect(look([0, 100], [10_000, 150], [12_000, 151])).to.deep.equal([null, 5, 0.5]);
  });

  it('gives nothing over a reset, and goes on after it', () => {
    expect(look([0, 100], [1000, 5], [2000, 7])).to.deep.equal([null, null, 2]);
  });

  it('gives nothing over a gap of more than ten minutes, and goes on after it', () => {
    expect(look([0, 0], [600_000, 600], [1_200_001, 1200], [1_201_001, 1201])).to.deep.equal([
      null,
      1,
      null,
      1,
    ]);
  });

  it('gives the same rate for the same reading, and nothing for an older one, which changes nothing', () => {
    expect(look([0, 0], [1000, 3], [1000, 3], [500, 1], [2000, 4])).to.deep.equal([null, 3, 3, null, 1]);
  });

  it('forgets counters that are gone, and those alone', () => {
    const rates = new CounterRates();
    rates.rate('gone', 0, 1);
    rates.rate('here', 0, 1);
    rates.rate('here', 500_000, 2);
    rates.prune();
    expect(rates.size).to.equal(2);
    rates.rate('here', 700_000, 3);
    rates.prune();
    expect(rates.size).to.equal(1);
  });

  it('never gives a negative rate, in whatever order readings come', () => {
    const reading = fc.tuple(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 1e9 }));
    fc.assert(
      fc.property(fc.array(reading), (readings) => {
        for (const rate of look(...readings)) expect(rate ?? 0).to.be.at.least(0);
      }),
    );
  });
});
