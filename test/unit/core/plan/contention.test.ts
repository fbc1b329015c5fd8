import { expect } from 'chai';
import fc from 'fast-check';
import { shortfallProbability } from '../../../../src/core/plan/contention.ts';
import { demandOf, plannedNodes, type PlannedNode } from '../../../../src/core/plan/planned-node.ts';
import { Skyline } from '../../../../src/core/plan/skyline.ts';
import { expectedSpeed, levelWeights } from '../../../../src/core/plan/stretch.ts';
import type { NodeSnapshot } from '../../../../src/core/plan/snapshot.ts';
import { WindowScores } from '../../../../src/core/plan/window-scores.ts';
import { amounts, node, NOW, steady, stepwise } from '../builders.ts';

const LEVELS = [0.1, 0.5, 0.9];
const near = (value: number) => Math.round(value * 1e6) / 1e6;

describe('the probability that less is available than asked', () => {
  // Quantiles 2, 4 and 8: slopes of .2 and .1 per unit.
  const cases: [string, number, number][] = [
    ['is the level at a quantile', 4, 0.5],
    ['is interpolated between quantiles', 3, 0.3],
    ['is interpolated by the slope of its own interval', 6, 0.7],
    ['goes on by the lowest slope below the lowest quantile', 1.75, 0.05],
    ['is 0 where that line meets 0', 1.5, 0],
    ['is 0 below', 0.1, 0],
    ['goes on by the highest slope above the highest quantile', 8.5, 0.95],
    ['is 1 where that line meets 1', 9, 1],
    ['is 1 above', 20, 1],
  ];
  for (const [sentence, amount, expected] of cases) {
    it(sentence, () => expect(near(shortfallProbability(LEVELS, [2, 4, 8], 0, amount))).to.equal(expected));
  }

  it('is 0 up to a certain amount, and 1 above', () => {
    expect(shortfallProbability(LEVELS, [4, 4, 4], 0, 4)).to.equal(0);
    expect(shortfallProbability(LEVELS, [0.3, 0.3, 0.3], 0, 0.1 + 0.2)).to.equal(0);
    expect(shortfallProbability(LEVELS, [4, 4, 4], 0, 4.01)).to.equal(1);
    expect(shortfallProbability([0.5], [4], 0, 4)).to.equal(0);
    expect(shortfallProbability([0.5], [4], 0, 5)).to.equal(1);
  });

  it('reads the quantiles of a later step', () => {
    expect(near(shortfallProbability(LEVELS, [9, 9, 9, 2, 4, 8], 3, 4))).to.equal(0.5);
  });

  it('never falls as more is asked, and is a probability', () => {
    const quantiles = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 3, maxLength: 3 });
    const amount = fc.double({ min: 0, max: 200, noNaN: true });
    fc.assert(
      fc.property(quantiles, amount, amount, (values, a, b) => {
        values.sort((x, y) => x - y);
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((x) =>
          shortfallProbability(LEVELS, values, 0, x),
        );
        expect(less).to.be.within(0, more ?? NaN);
        expect(more).to.be.at.most(1);
      }),
    );
  });
});

describe('the score of a window', () => {
  const MINUTE = 60_000;
  const cpuOnly = demandOf(amounts({ cpu: 2 }));
  const planned = (of: Partial<NodeSnapshot>): PlannedNode => plannedNodes([node('n', of)])[0]!;
  const score = (
    n: PlannedNode,
    demand: Float64Array,
    from: number,
    to: number,
    skyline = new Skyline(),
    placed = false,
  ) => {
    const scores = new WindowScores('Proportional');
    scores.fill(n, skyline, demand, NOW + from * MINUTE, NOW + to * MINUTE, placed);
    return scores.between(NOW + from * MINUTE, NOW + to * MINUTE);
  };
  // P(A < 2): .1, .5 and 0 in three steps of five minutes.
  const changing = planned({
    availability: {
      cpu: stepwise([
        [2, 4, 8],
        [0, 2, 4],
        [8, 8, 8],
      ]),
    },
  });

  it('is the mean over its steps', () => {
    expect(near(score(changing, cpuOnly, 0, 5).contention)).to.equal(0.1);
    expect(near(score(changing, cpuOnly, 0, 10).contention)).to.equal(0.3);
    expect(near(score(changing, cpuOnly, 4, 6).contention)).to.equal(0.3);
    expect(near(score(changing, cpuOnly, 4, 9).contention)).to.equal(0.42);
  });

  it('holds the last step beyond the horizon, and the first before it', () => {
    expect(near(score(changing, cpuOnly, 9, 29).contention)).to.equal(0.025);
    expect(near(score(changing, cpuOnly, -10, 0).contention)).to.equal(0.1);
  });

  it('is that of the resource which is likeliest short, at each moment', () => {
    const both = planned({
      availability: {
        cpu: stepwise([
          [2, 4, 8],
          [0, 2, 4],
        ]),
        memory: stepwise([
          [0, 3, 6],
          [3, 4, 5],
        ]),
      },
    });
    // Memory: P(A < 3) = .5, then .1. Max: .5 and .5.
    expect(near(score(both, demandOf(amounts({ cpu: 2, memory: 3 })), 0, 10).contention)).to.equal(0.5);
    expect(near(score(both, cpuOnly, 0, 10).contention)).to.equal(0.3);
  });

  it('counts what is planned there, and what it adds to it', () => {
    const skyline = new Skyline();
    skyline.add(NOW, NOW + 5 * MINUTE, demandOf(amounts({ cpu: 2 })));
    const steadily = planned({ availability: { cpu: steady([2, 4, 8]) } });
    // P(A < 4) = .5 for five minutes, of which the other task had .1 without it; then P(A < 2) = .1.
    const { contention, added, addedToEach } = score(steadily, cpuOnly, 0, 10, skyline);
    expect([contention, added, addedToEach].map(near)).to.deep.equal([0.3, 0.2, 0.2]);
  });

  it('of a task that is planned already counts it once', () => {
    const skyline = new Skyline();
    skyline.add(NOW, NOW + 5 * MINUTE, cpuOnly);
    const steadily = planned({ availability: { cpu: steady([2, 4, 8]) } });
    expect(near(score(steadily, cpuOnly, 0, 5, skyline, true).contention)).to.equal(0.1);
  });

  it('of a part is the same as that part by itself', () => {
    const scores = new WindowScores('Proportional');
    scores.fill(changing, new Skyline(), cpuOnly, NOW, NOW + 60 * MINUTE);
    expect(near(scores.between(NOW + 4 * MINUTE, NOW + 9 * MINUTE).contention)).to.equal(0.42);
  });

  it('without demand, or without length, is 0', () => {
    expect(score(changing, demandOf(amounts({})), 0, 10).contention).to.equal(0);
    expect(score(changing, cpuOnly, 3, 3).contention).to.equal(0);
  });

  it('by a stale forecast is that of capacity less requests', () => {
    const stale = planned({ availability: { cpu: steady([0, 0, 0]) }, forecastStale: true });
    expect(score(stale, cpuOnly, 0, 10).contention).to.equal(0);
  });
});

describe('the expected speed of a task', () => {
  const weights = levelWeights(LEVELS);

  it('weighs levels by the probability that they stand for', () => {
    expect(weights.map(near)).to.deep.equal([0.3, 0.4, 0.3]);
  });

  it('is shared with the background in proportion', () => {
    // Free 2 of 8, asked 4: ten ask for eight.
    expect(near(expectedSpeed(weights, [2, 8, 8], 0, 4, 8, 'Proportional'))).to.equal(0.3 * 0.8 + 0.7);
  });

  it('is what the background leaves, where that comes first', () => {
    expect(near(expectedSpeed(weights, [2, 8, 8], 0, 4, 8, 'BackgroundFirst'))).to.equal(0.3 * 0.5 + 0.7);
  });

  it('is never nothing', () =>
    expect(expectedSpeed(weights, [0, 0, 0], 0, 4, 8, 'BackgroundFirst')).to.equal(0.05));
});
