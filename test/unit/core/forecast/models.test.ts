import { expect } from 'chai';
import { backtest, bucketOf, meanLoss } from '../../../../src/core/forecast/backtest.ts';
import { LossTable, average } from '../../../../src/core/forecast/combine.ts';
import { DAY_PROFILE } from '../../../../src/core/forecast/day-profile.ts';
import type { Expert, Past } from '../../../../src/core/forecast/expert.ts';
import { defineExpert } from '../../../../src/core/forecast/expert.ts';
import { LAST_VALUE } from '../../../../src/core/forecast/last-value.ts';
import { recentHistogram } from '../../../../src/core/forecast/recent-histogram.ts';
import { SEASONAL_NAIVE } from '../../../../src/core/forecast/seasonal-naive.ts';
import { daily, past } from './helpers.ts';

function ask(expert: Expert, about: Past, lead: number): number[] | undefined {
  const into = new Float64Array(about.levels.length);
  return expert.prepare(about)?.(lead, into) === true ? [...into] : undefined;
}

/** Always says the same, with no spread. */
const constant = (name: string, value: number): Expert =>
  defineExpert({
    name,
    minimumRows: 0,
    prepare: () => (_lead, into) => {
      into.fill(value);
      return true;
    },
  });

describe('LastValue', () => {
  it('adds its own past errors of the same lead to the last value', () => {
    // The load alternates between 10 and 20: at lead 1 it was off by ±10, at lead 2 by nothing.
    const alternating = past(
      Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 10 : 20)),
      { levels: [0.1, 0.9] },
    );
    expect(ask(LAST_VALUE, alternating, 1)).to.deep.equal([10, 30]);
    expect(ask(LAST_VALUE, alternating, 2)).to.deep.equal([20, 20]);
  });

  it('of a constant load is that load, however far', () => {
    expect(ask(LAST_VALUE, past(Array<number>(300).fill(7)), 288)).to.deep.equal(Array<number>(7).fill(7));
  });

  it('counts the lead from the last step that was measured', () => {
    const values = Array.from({ length: 101 }, (_, i) => (i === 100 ? NaN : i % 2 === 0 ? 10 : 20));
    expect(ask(LAST_VALUE, past(values, { levels: [0.1, 0.9] }), 1)).to.deep.equal([20, 20]);
  });

  it('widens as a random walk past the longest lead that its history can tell of', () => {
    const values = Array.from({ length: 30 }, (_, i) => i);
    const [near = 0] = ask(LAST_VALUE, past(values, { levels: [0.5] }), 16) ?? [];
    const [far = 0] = ask(LAST_VALUE, past(values, { levels: [0.5] }), 64) ?? [];
    expect(near - 29).to.be.closeTo(16, 1e-9);
    expect(far - 29).to.be.closeTo(32, 1e-9);
  });
});

describe('DayProfile', () => {
  it('says what was seen at the same time of day', () => {
    const days = Array.from({ length: 3 * 288 }, (_, i) => i % 288);
    const [low = 0, middle = 0, high = 0] =
      ask(DAY_PROFILE, past(days, { levels: [0.05, 0.5, 0.95], capacity: 300 }), 100) ?? [];
    expect(middle).to.be.closeTo(99, 0.5);
    expect(low).to.be.at.least(96);
    expect(high).to.be.at.most(102);
  });

  it('weighs later days more', () => {
    const days = Array.from({ length: 6 * 288 }, (_, i) => (i < 3 * 288 ? 10 : 20));
    // Weights 0.9, 0.81, … : the three old days hold 42 % of them.
    expect(ask(DAY_PROFILE, past(days, { levels: [0.4, 0.45] }), 100)).to.deep.equal([10, 20]);
  });

  it('says nothing of a time of day that it never saw', () => {
    const values = Array.from({ length: 288 }, (_, i) => (i < 144 ? 5 : NaN));
    expect(ask(DAY_PROFILE, past(values), 200)).to.equal(undefined);
    expect(ask(DAY_PROFILE, past(values), 100)).to.deep.equal(Array<number>(7).fill(5));
    expect(ask(DAY_PROFILE, past([1, 2, 3]), 1)).to.equal(undefined);
  });
});

describe('RecentHistogram', () => {
  it('forgets by its half-life', () => {
    const values = [...Array<number>(200).fill(10), ...Array<number>(24).fill(50)];
    const fast = ask(recentHistogram('fast', 3600), past(values, { levels: [0.5] }), 1);
    const slow = ask(recentHistogram('slow', 86_400), past(values, { levels: [0.5] }), 1);
    expect(fast).to.deep.equal([50]);
    expect(slow).to.deep.equal([10]);
  });
});

describe('SeasonalNaive', () => {
  it('is the value of a day before, or of as many days as the lead takes', () => {
    const values = Array.from({ length: 2 * 288 }, (_, i) => (i < 288 ? 10 : 30));
    const [near] = ask(SEASONAL_NAIVE, past(values.slice(0, 300), { levels: [0.5] }), 1) ?? [];
    expect(near).to.be.closeTo(30, 1e-9); // 10, and every past error was 20
    expect(ask(SEASONAL_NAIVE, past(values, { levels: [0.5] }), 289)).to.deep.equal([50]);
  });
});

describe('The backtest', () => {
  it('never lets an expert see what comes after its origin', () => {
    const seen: number[] = [];
    const values = daily(5, 1);
    const spy = defineExpert({
      name: 'spy',
      minimumRows: 0,
      prepare(about) {
        seen.push(about.end);
        return (_lead, into) => {
          into.fill(values[about.end - 1] ?? 0);
          return true;
        };
      },
    });
    const cases = backtest([spy, DAY_PROFILE], past(values));
    expect(Math.max(...seen)).to.equal(values.length - 36);
    // DayProfile's predictions are the same when the future is another.
    const changed = values.slice().fill(99, values.length - 36);
    const again = backtest([spy, DAY_PROFILE], past(changed));
    expect(again.map((one) => one.predictions[1])).to.deep.equal(cases.map((one) => one.predictions[1]));
    expect(again.map((one) => one.actual)).to.not.deep.equal(cases.map((one) => one.actual));
  });

  it('asks every horizon bucket, and none beyond the horizon', () => {
    const buckets = (horizon: number) =>
      new Set(backtest([LAST_VALUE], past(daily(5, 1), { horizon })).map((c) => c.bucket));
    expect(buckets(288)).to.deep.equal(new Set([0, 1, 2, 3, 4]));
    expect(buckets(12)).to.deep.equal(new Set([0, 1]));
    expect([1, 3, 4, 12, 36, 96, 97].map((lead) => bucketOf(lead, 300))).to.deep.equal([0, 0, 1, 1, 2, 3, 4]);
  });

  it('leaves out steps that were not measured', () => {
    const values = daily(5, 1);
    values.fill(NaN, values.length - 10);
    expect(backtest([LAST_VALUE], past(values)).every((one) => !Number.isNaN(one.actual))).to.equal(true);
  });

  it('scores by the mean pinball loss', () => {
    expect(meanLoss(10, Float64Array.of(6, 14), [0.25, 0.75])).to.equal(1);
  });
});

describe('The ensemble', () => {
  const weightsOf = (experts: Expert[], about: Past, bucket = 0): number[] => {
    const table = new LossTable(experts.length);
    for (const one of backtest(experts, about)) table.add(one);
    return [...table.weights(bucket, about.capacity)];
  };

  it('weighs experts by the fourth power of their loss', () => {
    const about = past(Array<number>(1000).fill(50));
    // Off by 10 and by 20, of 100.
    const [near = 0, far = 0] = weightsOf([constant('near', 60), constant('far', 70)], about);
    expect(near).to.equal(1);
    expect(far).to.be.closeTo(1 / 16, 0.001);
  });

  it('weighs all alike before any can be judged', () => {
    expect([...new LossTable(3).weights(0, 100)]).to.deep.equal([1, 1, 1]);
  });

  it('gives no weight to an expert that was never judged while others were', () => {
    const table = new LossTable(2);
    table.add({ origin: 1, bucket: 0, actual: 1, predictions: [], losses: [0.5, NaN] });
    expect([...table.weights(0, 1)]).to.deep.equal([1, 0]);
  });

  it('averages quantiles by weight, over those that have something to say', () => {
    const into = new Float64Array(2);
    expect(
      average([Float64Array.of(0, 10), undefined, Float64Array.of(4, 20)], Float64Array.of(3, 9, 1), into),
    ).to.equal(true);
    expect([...into]).to.deep.equal([1, 12.5]);
    expect(average([undefined], Float64Array.of(1), into)).to.equal(false);
  });

  it('trusts the last value for the next minutes of a wandering load, and the profile for a rhythm', () => {
    const experts = [LAST_VALUE, DAY_PROFILE];
    let level = 50;
    const wandering = daily(10, 1, 3).map(
      (value) => (level = Math.min(100, Math.max(0, level + (value % 2) - 1))),
    );
    const [lastValue = 0, profile = 0] = weightsOf(experts, past(wandering));
    expect(lastValue).to.be.greaterThan(5 * profile);
    const [last = 0, ofDay = 0] = weightsOf(experts, past(daily(10, 1)), 3);
    expect(ofDay).to.be.greaterThan(5 * last);
  });
});
