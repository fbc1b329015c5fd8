import { expect } from 'chai';
import fc from 'fast-check';
import {
  availabilityOf,
  gatherSeries,
  pinballLoss,
  priorForecast,
  quantileAt,
  resample,
} from '../../../../src/core/forecast/index.ts';
import type { QuantileForecast } from '../../../../src/core/forecast/index.ts';
import { WeightedSample, quantileOfSorted } from '../../../../src/core/forecast/quantiles.ts';
import { START, series, stepOf } from './helpers.ts';

const forecast = (values: number[], levels: number[], stepSeconds = 300): QuantileForecast => ({
  startTime: START,
  stepSeconds,
  steps: values.length / levels.length,
  levels,
  values: Float64Array.from(values),
});

describe('gatherSeries', () => {
  const gather = (time: number[], values: number[], from: number, to: number) =>
    gatherSeries({ time, values }, { from, to, stepSeconds: 10 });

  it('takes the mean of each step and leaves gaps as gaps', () => {
    const { startTime, values } = gather([0, 9_999, 10_000, 30_000], [1, 3, 5, 7], 0, 40_000);
    expect(startTime).to.equal(0);
    expect([...values]).to.deep.equal([2, 5, NaN, 7]);
  });

  it('leaves out what was not measured, what is outside, and a step that is not over', () => {
    const { startTime, values } = gather([9_000, 12_000, 13_000, 39_000], [9, NaN, 4, 8], 15_000, 39_000);
    expect(startTime).to.equal(10_000);
    expect([...values]).to.deep.equal([4, NaN]);
  });

  it('begins steps at multiples of their length, whatever the range', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e7 }), fc.integer({ min: 0, max: 1e6 }), (from, length) => {
        const { startTime, values } = gather([], [], from, from + length);
        expect(startTime % 10_000).to.equal(0);
        expect(startTime).to.be.within(from - 9_999, from);
        expect(startTime + values.length * 10_000).to.be.at.most(from + length);
      }),
    );
  });
});

describe('Quantiles', () => {
  const quantiles = (pairs: [number, number][], levels: number[]): number[] => {
    const sample = new WeightedSample(pairs.length);
    for (const [value, weight] of pairs.toSorted((a, b) => a[0] - b[0])) sample.append(value, weight);
    const into = new Float64Array(levels.length);
    sample.quantiles(levels, into);
    return [...into];
  };

  it('of a weighted sample lie at the middle of weights and are interpolated between them', () => {
    // Weights 1, 2, 1 of 4: middles at 1/8, 1/2, 7/8.
    const three: [number, number][] = [
      [30, 1],
      [10, 1],
      [20, 2],
    ];
    expect(quantiles(three, [0.05, 0.125, 0.3125, 0.5, 0.875, 0.95])).to.deep.equal([10, 10, 15, 20, 30, 30]);
  });

  it('of a single value are that value', () => {
    expect(quantiles([[4, 0.1]], [0.05, 0.5, 0.95])).to.deep.equal([4, 4, 4]);
  });

  it('of any sample ascend and lie within it', () => {
    const pair = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.double({ min: 0.01, max: 10, noNaN: true }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 60 }), (pairs) => {
        const found = quantiles(pairs, [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]);
        const values = pairs.map(([value]) => value);
        expect(found).to.deep.equal([...found].sort((a, b) => a - b));
        expect(found[0]).to.be.at.least(Math.min(...values));
        expect(found.at(-1)).to.be.at.most(Math.max(...values));
      }),
    );
  });

  it('of sorted values are interpolated', () => {
    expect(quantileOfSorted(Float64Array.of(0, 10, 20), 0.25)).to.equal(5);
  });

  it('cost an error above by their level and one below by the rest', () => {
    expect(pinballLoss(10, 6, 0.75)).to.equal(3);
    expect(pinballLoss(6, 10, 0.75)).to.equal(1);
  });

  it('are read from a forecast by time and level', () => {
    const f = forecast([1, 2, 10, 20], [0.1, 0.5]);
    expect(quantileAt(f, START, 0.1)).to.equal(1);
    expect(quantileAt(f, START + 299_999, 0.3)).to.be.closeTo(1.5, 1e-12);
    expect(quantileAt(f, START + 300_000, 0.9)).to.equal(20);
    expect(quantileAt(f, START + 300_000, 0.01)).to.equal(10);
    expect(quantileAt(f, START - 1, 0.5)).to.equal(undefined);
    expect(quantileAt(f, START + 600_000, 0.5)).to.equal(undefined);
  });
});

describe('availabilityOf', () => {
  it('takes load from capacity and mirrors the levels', () => {
    const available = availabilityOf(forecast([1, 2, 7], [0.1, 0.5, 0.75]), 8);
    expect(available.levels).to.deep.equal([0.25, 0.5, 0.9]);
    expect([...available.values]).to.deep.equal([1, 6, 7]);
  });

  it('is nothing, never less, when the load is over capacity', () => {
    expect([...availabilityOf(forecast([3, 9], [0.1, 0.9]), 4).values]).to.deep.equal([0, 1]);
  });

  it('done twice is the load again', () => {
    const load = forecast([0, 3, 8, 1, 2, 3], [0.1, 0.5, 0.9]);
    const twice = availabilityOf(availabilityOf(load, 8), 8);
    expect(twice).to.deep.equal(load);
  });
});

describe('resample', () => {
  const to = (startMs: number, stepSeconds: number, steps: number) => ({
    startTime: START + startMs,
    stepSeconds,
    steps,
  });
  const four = forecast([3, 6, 9, 30], [0.5]);

  it('averages the steps that a new one covers', () => {
    expect([...resample(four, to(0, 900, 1)).values]).to.deep.equal([6]);
    expect([...resample(four, to(0, 600, 2)).values]).to.deep.equal([4.5, 19.5]);
  });

  it('weighs steps that a new one covers in part', () => {
    expect([...resample(four, to(150_000, 300, 2)).values]).to.deep.equal([4.5, 7.5]);
  });

  it('repeats a step for finer ones', () => {
    expect([...resample(four, to(0, 100, 4)).values]).to.deep.equal([3, 3, 3, 6]);
  });

  it('holds the first step before the forecast and the last one after it', () => {
    expect([...resample(four, to(-600_000, 300, 3)).values]).to.deep.equal([3, 3, 3]);
    expect([...resample(four, to(900_000, 900, 2)).values]).to.deep.equal([30, 30]);
    expect([...resample(four, to(-300_000, 600, 1)).values]).to.deep.equal([3]);
  });
});

describe('The prior', () => {
  it('is wide, over all of capacity, and the same at every step', () => {
    const prior = priorForecast({ series: series([]), steps: 2, levels: [0.1, 0.5, 0.9], capacity: 100 });
    expect(stepOf(prior, 0).map(Math.round)).to.deep.equal([7, 37, 78]);
    expect(stepOf(prior, 1)).to.deep.equal(stepOf(prior, 0));
  });
});
