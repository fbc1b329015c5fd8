import { expect } from 'chai';
import { ZERO_INFLATED } from '../../../../src/core/forecast/experts/zero-inflated.ts';
import { GATE_LEVELS } from '../../../../src/core/forecast/gate/inputs.ts';
import { Opinions, Panel } from '../../../../src/core/forecast/panel.ts';
import { course, daily, random } from './helpers.ts';

function say(values: ArrayLike<number>, lead: number, origin = values.length): number[] {
  const opinions = new Opinions(1, GATE_LEVELS.length);
  new Panel([ZERO_INFLATED], course(values)).at(origin).ask(lead, opinions);
  return [...opinions.of(0)];
}

const zerosOf = (quantiles: readonly number[]): number => quantiles.filter((q) => q === 0).length;

describe('ZeroInflated', () => {
  it('knows that bursts go on, and that most of the time there is nothing', () => {
    // Bursts of 20 rows at 30 to 50, and then 80 rows of nothing.
    const next = random(4);
    const values = Float64Array.from({ length: 2015 }, (_, i) => (i % 100 < 20 ? 30 + 20 * next() : 0));
    const inBurst = say(values, 2);
    expect(zerosOf(inBurst)).to.equal(0);
    expect(inBurst[GATE_LEVELS.indexOf(0.5)]).to.be.within(30, 50);
    expect(zerosOf(say(values, 30))).to.be.greaterThan(8);
    expect(zerosOf(say(values.slice(0, 1960), 2))).to.be.greaterThan(8);
  });

  it('knows at which time of day there is something', () => {
    const values = Float64Array.from({ length: 10 * 288 }, (_, i) => (i % 288 >= 144 ? 50 + (i % 3) : 0));
    expect(zerosOf(say(values, 72))).to.be.greaterThan(8);
    expect(zerosOf(say(values, 216))).to.be.lessThan(3);
  });

  it('reads nothing at or after its origin', () => {
    const values = daily(8, 3).map((v) => Math.max(0, v - 40));
    const changed = values.map((v, i) => (i < 2000 ? v : 99 - v));
    for (const lead of [1, 40, 288]) expect(say(changed, lead, 2000)).to.deep.equal(say(values, lead, 2000));
  });

  it('is sure of what never changes', () => {
    expect(new Set(say(new Float64Array(500), 30))).to.deep.equal(new Set([0]));
    expect(new Set(say(new Float64Array(5000).fill(7), 30))).to.deep.equal(new Set([7]));
  });
});
