import { expect } from 'chai';
import fc from 'fast-check';
import {
  LEVELS,
  ALL_ORIGINS,
  MODEL_NAMES,
  UnknownModelError,
  forecastSeries,
  memoryFor,
  gatherSeries,
  pinballLoss,
  seriesEnd,
} from '../../../../src/core/forecast/index.ts';
import type { Series, SeriesForecast, SeriesMemory } from '../../../../src/core/forecast/index.ts';
import { RESOURCES } from '../../../../src/core/resources.ts';
import { createLoad } from '../../../../tools/history/generator.ts';
import { DAY, START, daily, series, stepOf } from './helpers.ts';

const tomorrow = (of: Series, capacity = 100, model?: string): SeriesForecast =>
  forecastSeries({ series: of, capacity, startTime: seriesEnd(of), stepSeconds: 900, steps: 96, model });

/** Mean pinball loss of a forecast on the steps that came. */
function lossOf({ forecast }: SeriesForecast, actual: (step: number) => number): number {
  let sum = 0;
  for (let step = 0; step < forecast.steps; step++) {
    LEVELS.forEach((level, l) => {
      sum += pinballLoss(actual(step), forecast.values[step * LEVELS.length + l] ?? 0, level);
    });
  }
  return sum / forecast.values.length;
}

describe('forecastSeries', () => {
  it('says that it is only a prior where there is no history, or next to none', () => {
    for (const values of [[], [5], Array<number>(500).fill(NaN)]) {
      const { model, accuracy, forecast } = tomorrow(series(values));
      expect(model).to.equal('Prior');
      expect(accuracy).to.deep.equal({ lossRatio: undefined, coverage: undefined });
      expect(forecast.steps).to.equal(96);
      expect(stepOf(forecast, 95).map(Math.round)).to.deep.equal([3, 7, 17, 37, 60, 78, 86]);
    }
  });

  it('gives steps of the length and from the time that were asked for', () => {
    const { forecast } = forecastSeries({
      series: series(daily(3, 1)),
      capacity: 100,
      startTime: START + 3 * DAY - 600_000,
      stepSeconds: 900,
      steps: 8,
    });
    expect(forecast).to.include({ startTime: START + 3 * DAY - 600_000, stepSeconds: 900, steps: 8 });
    expect(forecast.levels).to.deep.equal(LEVELS);
    expect(forecast.values).to.have.lengthOf(8 * LEVELS.length);
  });

  it('ascends over levels and lies within capacity, whatever the series', () => {
    const value = fc.oneof(
      fc.double({ min: -10, max: 150, noNaN: true }),
      fc.double({ min: 0, max: 1e-4, noNaN: true }),
      fc.constantFrom(NaN, 0),
    );
    const block = fc.tuple(fc.integer({ min: 1, max: 200 }), value);
    fc.assert(
      fc.property(fc.array(block, { maxLength: 20 }), fc.constantFrom(0, 1, 100), (blocks, capacity) => {
        const values = blocks.flatMap(([length, v]) => Array<number>(length).fill(v));
        const { forecast } = tomorrow(series(values), capacity);
        for (let step = 0; step < forecast.steps; step++) {
          const quantiles = stepOf(forecast, step);
          expect(quantiles.every((q) => q >= 0 && q <= capacity)).to.equal(true);
          expect(quantiles).to.deep.equal([...quantiles].sort((a, b) => a - b));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is the same again, and in another unit', () => {
    const of = series(daily(5, 5));
    const { forecast } = tomorrow(of);
    expect([...tomorrow(of).forecast.values]).to.deep.equal([...forecast.values]);
    const scaled = tomorrow({ ...of, values: of.values.map((v) => v * 2 ** 30) }, 100 * 2 ** 30);
    scaled.forecast.values.forEach((v, i) =>
      expect(v / 2 ** 30).to.be.closeTo(forecast.values[i] ?? 0, 1e-6),
    );
  });

  it('follows a rhythm: far better than the last value, and about as good as its noise allows', () => {
    const values = daily(11, 3);
    const known = series(values.slice(0, 10 * 288 + 70));
    const actual = (step: number) => {
      const at = 10 * 288 + 70 + step * 3;
      return ((values[at] ?? 0) + (values[at + 1] ?? 0) + (values[at + 2] ?? 0)) / 3;
    };
    const untilMidnight = {
      steps: 70,
      startTime: seriesEnd(known),
      stepSeconds: 900,
      series: known,
      capacity: 100,
    };
    const loss = (model: string) => lossOf(forecastSeries({ ...untilMidnight, model }), actual);
    expect(loss('DayProfile')).to.be.lessThan(loss('LastValue') / 3);
    expect(loss('Ensemble')).to.be.lessThan(loss('LastValue') / 3);
    expect(loss('Ensemble')).to.be.lessThan(1);
  });

  it('judges every origin once: with its memory it goes on from where it was', () => {
    const values = daily(12, 5);
    const memory = memoryFor('Auto');
    const at = (rows: number, kept?: SeriesMemory): SeriesForecast => {
      const of = series(values.slice(0, rows));
      return forecastSeries({
        series: of,
        capacity: 100,
        startTime: seriesEnd(of),
        stepSeconds: 300,
        steps: 288,
        memory: kept,
      });
    };
    at(11 * 288, memory);
    const before = memory.state();
    const first = at(11 * 288, memory);
    expect(memory.state()).to.deep.equal(before);
    const restored = memoryFor('Auto', before);
    at(12 * 288, memory);
    const later = at(12 * 288, restored);
    expect(memory.state().judged.near).to.equal(before.judged.near + 8);
    expect(memory.state().values).to.not.deep.equal(before.values);
    expect(restored.state()).to.deep.equal(memory.state());
    expect(later.forecast).to.deep.equal(at(12 * 288, memory).forecast);
    expect(stepOf(later.forecast, 0)).to.not.deep.equal(stepOf(first.forecast, 0));
  });

  it('is at first, from few origins of the past, about as good as after a week of them', () => {
    const capacity = { cpu: 16, memory: 1, gpu: 0, network: 1 };
    const losses = { few: 0, all: 0 };
    for (let seed = 1; seed <= 6; seed++) {
      const load = createLoad({ seed, node: 'n', capacity });
      const of = series(Float64Array.from({ length: 12 * 288 }, (_, i) => load(START + i * 300_000).cpu));
      const actual = (step: number) => load(seriesEnd(of) + step * 900_000 + 450_000).cpu;
      const asked = { series: of, capacity: 16, startTime: seriesEnd(of), stepSeconds: 900, steps: 96 };
      losses.few += lossOf(forecastSeries(asked), actual);
      losses.all += lossOf(forecastSeries({ ...asked, firstOrigins: ALL_ORIGINS }), actual);
    }
    expect(losses.few).to.be.within(0.8 * losses.all, 1.1 * losses.all);
  });

  it('is never worse than the worst of its models, and as a rule near the best', () => {
    const names = MODEL_NAMES.filter((name) => name !== 'Prior' && name !== 'Ensemble');
    let ensemble = 0;
    let best = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const load = createLoad({ seed, node: 'n', capacity: { cpu: 16, memory: 1, gpu: 0, network: 1 } });
      const values = Float64Array.from({ length: 10 * 288 }, (_, i) => load(START + i * 300_000).cpu);
      const of = series(values);
      const actual = (step: number) => load(seriesEnd(of) + step * 900_000 + 450_000).cpu;
      const losses = names.map((name) => lossOf(tomorrow(of, 16, name), actual));
      const combined = lossOf(tomorrow(of, 16), actual);
      expect(combined).to.be.at.most(Math.max(...losses));
      ensemble += combined;
      best += Math.min(...losses);
    }
    expect(ensemble).to.be.lessThan(1.3 * best);
  });

  it('has intervals that hold about as often as they say, on generated loads', () => {
    const capacity = { cpu: 16, memory: 64e9, gpu: 0, network: 1e10 };
    let held = 0;
    let steps = 0;
    const claimed: number[] = [];
    for (let seed = 1; seed <= 8; seed++) {
      const load = createLoad({ seed, node: 'n', capacity });
      for (const r of RESOURCES.filter((resource) => resource !== 'gpu')) {
        const values = Float64Array.from({ length: 14 * 288 }, (_, i) => load(START + i * 300_000)[r]);
        const of = series(values);
        const { forecast, accuracy } = tomorrow(of, capacity[r]);
        claimed.push(accuracy.coverage ?? NaN);
        for (let step = 0; step < 96; step++) {
          const actual = load(seriesEnd(of) + step * 900_000 + 450_000)[r];
          const [, low = 0, , , , high = 0] = stepOf(forecast, step);
          steps += 1;
          if (actual >= low && actual <= high) held += 1;
        }
      }
    }
    expect(held / steps).to.be.within(0.7, 0.9);
    expect(claimed.reduce((a, b) => a + b) / claimed.length).to.be.within(0.7, 0.9);
  });

  it('tells its loss against the seasonal-naive forecast', () => {
    // Every day its own level: yesterday tells nothing, the last value all.
    const levels = Float64Array.from({ length: 14 * 288 }, (_, i) => 10 + ((Math.floor(i / 288) * 37) % 60));
    expect(tomorrow(series(levels)).accuracy.lossRatio).to.be.lessThan(0.9);
    expect(tomorrow(series(Array<number>(14 * 288).fill(5))).accuracy).to.deep.equal({
      lossRatio: 1,
      coverage: 1,
    });
    expect(tomorrow(series(daily(14, 0).slice(0, 200))).accuracy.lossRatio).to.equal(undefined);
  });

  it('uses the model that is named, and says which it was', () => {
    const of = series(daily(5, 2));
    expect(tomorrow(of, 100, 'LastValue').model).to.equal('LastValue');
    expect(tomorrow(of, 100, 'Prior').model).to.equal('Prior');
    expect(tomorrow(of, 100, 'Auto').model).to.equal('Ensemble');
    expect(() => tomorrow(of, 100, 'Magic')).to.throw(
      UnknownModelError,
      'no forecast model Magic; there are Auto, LastValue',
    );
  });

  it('falls back to a simpler model where the named one needs more history, and says which it was', () => {
    expect(tomorrow(series(daily(6, 2)), 100, 'Anomaly').model).to.equal('Anomaly');
    const twoDays = series(daily(2, 2));
    expect(tomorrow(twoDays, 100, 'Anomaly').model).to.equal('SeasonalNaive');
    const halfADay = series(daily(1, 2).slice(0, 144));
    const { forecast, model } = tomorrow(halfADay, 100, 'Anomaly');
    expect(model).to.equal('LastValue');
    expect(forecast).to.deep.equal(tomorrow(halfADay, 100, 'LastValue').forecast);
    expect(tomorrow(series([1, 2, 3]), 100, 'Anomaly').model).to.equal('Prior');
  });

  it('takes the load of nodes alike as a share of their capacity where there is no history', () => {
    const alike = Float64Array.from({ length: 101 }, (_, i) => 0.2 + 0.001 * i);
    const of = (values: number[], model = 'Auto'): SeriesForecast => {
      const known = series(values);
      const asked = { startTime: seriesEnd(known), stepSeconds: 900, steps: 4, capacity: 50 };
      return forecastSeries({ series: known, ...asked, alike, model });
    };
    const { forecast, model } = of([]);
    expect(model).to.equal('PriorOfLikeNodes');
    expect(stepOf(forecast, 3).map((q) => Math.round(100 * q))).to.deep.equal([
      1025, 1050, 1125, 1250, 1375, 1450, 1475,
    ]);
    expect(of([], 'Prior').model).to.equal('Prior');
    expect(of([...daily(1, 2)]).model).to.equal('Ensemble');
  });

  it('starts late when the history has stopped, and is wider for it', () => {
    const values = daily(5, 2).map((v, i) => v + (i % 7));
    const width = (startTime: number): number => {
      const of = series(values);
      const { forecast } = forecastSeries({
        series: of,
        capacity: 100,
        startTime,
        stepSeconds: 300,
        steps: 1,
        model: 'LastValue',
      });
      const [low = 0, , , , , , high = 0] = stepOf(forecast, 0);
      return high - low;
    };
    expect(width(START + 5 * DAY + 6 * 3_600_000)).to.be.greaterThan(width(START + 5 * DAY) * 1.5);
  });

  it('takes irregular samples through a grid', () => {
    const time = Float64Array.from({ length: 6000 }, (_, i) => START + i * 61_000);
    const of = gatherSeries(
      { time, values: new Float64Array(6000).fill(3) },
      { from: START, to: START + 4 * DAY, stepSeconds: 300 },
    );
    expect(stepOf(tomorrow(of).forecast, 50)).to.deep.equal(Array<number>(7).fill(3));
  });
});
