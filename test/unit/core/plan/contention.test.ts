import { expect } from 'chai';
import fc from 'fast-check';
import { shortfallProbability } from '../../../../src/core/plan/contention.ts';
import { CPU } from '../../../../src/core/plan/dimensions.ts';
import { plannedNodes } from '../../../../src/core/plan/planned-node.ts';
import { Shortfalls } from '../../../../src/core/plan/shortfalls.ts';
import { slotAt, slotsOf } from '../../../../src/core/plan/slots.ts';
import { expectedSpeed, levelWeights } from '../../../../src/core/plan/stretch.ts';
import type { NodeSnapshot } from '../../../../src/core/plan/snapshot.ts';
import { node, NOW, steady, stepwise } from '../builders.ts';

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

describe('what tasks have to expect of a node', () => {
  const at = (n: NodeSnapshot, seconds: number, amount: number): [contention: number, speed: number] => {
    const nodes = plannedNodes([n]);
    const slots = slotsOf(nodes, NOW);
    const shortfalls = new Shortfalls(nodes, slots, NOW, 'Proportional');
    shortfalls.look(0, CPU, slotAt(slots, seconds), amount);
    return [near(shortfalls.contention), near(shortfalls.speed)];
  };
  // P(A < 2): .1, .5 and 0 in three steps of five minutes.
  const changing = node('n', {
    availability: {
      cpu: stepwise([
        [2, 4, 8],
        [0, 2, 4],
        [8, 8, 8],
      ]),
    },
  });

  it('changes with the steps of the forecast, the first and the last of which never end', () => {
    const risks = [-600, 0, 299, 300, 899, 9999].map((seconds) => at(changing, seconds, 2)[0]);
    expect(risks).to.deep.equal([0.1, 0.1, 0.1, 0.5, 0, 0]);
  });

  it('is nothing bad up to what is free for certain', () => {
    expect(at(changing, 0, 1.5)).to.deep.equal([0, 1]);
    expect(at(changing, 600, 8)).to.deep.equal([0, 1]);
  });

  it('is nothing bad where there is no forecast, or one that is stale', () => {
    expect(at(node('n', { availability: {} }), 0, 8)).to.deep.equal([0, 1]);
    const stale = node('n', { availability: { cpu: steady([0, 0, 0]) }, forecastStale: true });
    expect(at(stale, 0, 8)).to.deep.equal([0, 1]);
  });

  it('is looked up on the grid of the finest forecast', () => {
    const coarse = node('coarse', { availability: { cpu: stepwise([[1, 1, 1]], LEVELS, 900) } });
    const { start, length, count } = slotsOf(plannedNodes([coarse, changing]), NOW + 100_000);
    expect([start, length, count]).to.deep.equal([-100, 300, 3]);
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
