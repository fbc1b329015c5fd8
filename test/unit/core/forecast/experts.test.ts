import { expect } from 'chai';
import fc from 'fast-check';
import { EXPERTS } from '../../../../src/core/forecast/experts/index.ts';
import type { Expert } from '../../../../src/core/forecast/experts/expert.ts';
import { GATE_LEVELS } from '../../../../src/core/forecast/gate/inputs.ts';
import { Opinions, Panel } from '../../../../src/core/forecast/panel.ts';
import { course, daily, random } from './helpers.ts';

const MEDIAN = GATE_LEVELS.indexOf(0.5);

function expertOf(name: string): Expert {
  const found = EXPERTS.find((e) => e.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

/** What an expert says of a lead from the end of the values, or from an origin before it. */
function say(
  name: string,
  values: ArrayLike<number>,
  lead: number,
  origin = values.length,
): number[] | undefined {
  const opinions = new Opinions(1, GATE_LEVELS.length);
  const panel = new Panel([expertOf(name)], course(values));
  return panel.at(origin).ask(lead, opinions) ? [...opinions.of(0)] : undefined;
}

const median = (name: string, values: ArrayLike<number>, lead: number): number =>
  say(name, values, lead)?.[MEDIAN] ?? NaN;

describe('Every expert', () => {
  it('reads nothing at or after its origin', () => {
    const next = random(3);
    const values = daily(16, 5).map((v) => v + 3 * next());
    const changed = values.slice();
    const origin = 15 * 288 - 100;
    for (let i = origin; i < changed.length; i++) changed[i] = i % 3 === 0 ? NaN : 99 * next();
    const before = new Panel(EXPERTS, course(values)).at(origin);
    const after = new Panel(EXPERTS, course(changed)).at(origin);
    const [one, other] = [0, 0].map(() => new Opinions(EXPERTS.length, GATE_LEVELS.length));
    for (const lead of [1, 5, 100, 288]) {
      before.ask(lead, one!);
      after.ask(lead, other!);
      EXPERTS.forEach(({ name }, e) => expect([...other!.of(e)], name).to.deep.equal([...one!.of(e)]));
    }
  });

  it('says something of two weeks of five-minute rows, unless it is for finer ones', () => {
    const opinions = new Opinions(EXPERTS.length, GATE_LEVELS.length);
    new Panel(EXPERTS, course(daily(14, 5))).at(14 * 288).ask(10, opinions);
    const silent = EXPERTS.filter((_, e) => opinions.has[e] === 0).map(({ name }) => name);
    expect(silent).to.deep.equal(['Histogram4Minutes', 'Histogram10Minutes']);
  });

  it('ascends over levels and stays within capacity, whatever the series', () => {
    const value = fc.oneof(fc.double({ min: -10, max: 150, noNaN: true }), fc.constant(NaN), fc.constant(0));
    const block = fc.tuple(fc.integer({ min: 1, max: 400 }), value);
    const opinions = new Opinions(EXPERTS.length, GATE_LEVELS.length);
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 12 }), (blocks) => {
        const values = blocks.flatMap(([length, v]) => Array<number>(length).fill(v));
        const placed = new Panel(EXPERTS, course(values)).at(values.length);
        for (const lead of [1, 30, 288]) {
          placed.ask(lead, opinions);
          EXPERTS.forEach(({ name }, e) => {
            if (opinions.has[e] === 0) return;
            const said = [...opinions.of(e)];
            expect(said, name).to.deep.equal([...said].sort((a, b) => a - b));
            expect(said.every((q) => q >= 0 && q <= 100)).to.equal(true, name);
          });
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is sure of what never changes', () => {
    for (const { name } of EXPERTS) {
      const said = say(name, Array<number>(14 * 288).fill(7), 50);
      for (const q of said ?? []) expect(q, name).to.be.closeTo(7, 1e-9);
    }
  });
});

describe('The experts', () => {
  it('LastValue: the last value, and wider the further ahead', () => {
    const next = random(1);
    let level = 50;
    const walk = Float64Array.from(
      { length: 10 * 288 },
      () => (level = Math.min(90, Math.max(10, level + next() - 0.5))),
    );
    const width = (lead: number): number => {
      const said = say('LastValue', walk, lead) ?? [];
      return (said.at(-1) ?? 0) - (said[0] ?? 0);
    };
    expect(median('LastValue', walk, 1)).to.be.closeTo(walk.at(-1) ?? 0, 0.1);
    expect(width(100)).to.be.greaterThan(4 * width(1));
  });

  it('LastValue: from the last row that was measured, so much further ahead', () => {
    const values = Float64Array.from({ length: 2000 }, (_, i) => 50 + (i % 11));
    const stopped = Float64Array.from([...values, ...Array<number>(20).fill(NaN)]);
    expect(say('LastValue', stopped, 5)).to.deep.equal(say('LastValue', values, 25));
  });

  it('Reverting: goes back to the mean as far as it did before', () => {
    const next = random(2);
    let x = 0;
    const values = Float64Array.from({ length: 10 * 288 }, () => 50 + 10 * (x = 0.9 * x + next() - 0.5));
    values.fill(80, -12);
    expect(median('Reverting', values, 1)).to.be.greaterThan(65);
    expect(median('Reverting', values, 100)).to.be.closeTo(50, 6);
  });

  it('Histogram: the share of each value, the latest weighing more', () => {
    const half = Float64Array.from({ length: 3000 }, (_, i) => (i % 2 === 0 ? 10 : 30));
    expect(say('Histogram1Day', half, 9)?.[GATE_LEVELS.indexOf(0.3)]).to.equal(10);
    expect(say('Histogram1Day', half, 9)?.[GATE_LEVELS.indexOf(0.7)]).to.equal(30);
    const risen = half.map((v, i) => (i > 2950 ? 60 : v));
    expect(median('Histogram1Hour', risen, 9)).to.equal(60);
    expect(median('Histogram3Days', risen, 9)).to.equal(30);
  });

  it('DayProfile and Anomaly: the time of day, without and with what is unusual now', () => {
    const values = daily(10, 0).slice(0, 9 * 288 + 100);
    const expected = daily(11, 0)[9 * 288 + 100 + 59] ?? NaN;
    expect(median('DayProfile', values, 60)).to.be.closeTo(expected, 1);
    expect(median('Anomaly', values, 60)).to.be.closeTo(expected, 1e-6);
    values.forEach((v, i) => (values[i] = i >= 9 * 288 + 40 ? v + 10 : v));
    expect(median('DayProfile', values, 60)).to.be.closeTo(expected, 1);
    expect(median('Anomaly', values, 60)).to.be.closeTo(expected + 10, 2);
  });

  it('WeekProfile: the same weekday above all', () => {
    const values = Float64Array.from({ length: 13 * 288 }, (_, i) =>
      Math.floor(i / 288) % 7 === 6 ? 90 : 20,
    );
    const upper = GATE_LEVELS.indexOf(0.8);
    expect(say('WeekProfile', values, 30)?.[upper]).to.equal(90); // the 14th day
    expect(say('DayProfile', values, 30)?.[upper]).to.equal(20);
  });

  it('Neighbours: what followed moments like this one', () => {
    // After each burst of 6 rows come 24 rows of rest at 5, then a ramp.
    const values = Float64Array.from({ length: 4000 }, (_, i) => (i % 100 < 6 ? 80 : i % 100 < 30 ? 5 : 30));
    const burst = values.slice(0, 3906);
    expect(median('Neighbours', burst, 5)).to.equal(5);
    expect(median('Neighbours', burst, 40)).to.be.closeTo(30, 10);
  });

  it('Hold: the present value for as long as values held, then any of the last days', () => {
    const next = random(5);
    let value = 10;
    const values = Float64Array.from({ length: 3000 }, (_, i) =>
      i % 60 === 0 ? (value = Math.round(8 * next()) * 10) : value,
    );
    const last = values.at(-1) ?? 0;
    expect(
      say('Hold', values, 1)
        ?.slice(1, -1)
        .every((q) => q === last),
    ).to.equal(true);
    const later = say('Hold', values, 200) ?? [];
    expect((later.at(-1) ?? 0) - (later[0] ?? 0)).to.be.greaterThan(30);
  });
});
