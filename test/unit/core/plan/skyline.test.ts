import { expect } from 'chai';
import fc from 'fast-check';
import { DIMENSIONS, Skyline, TASKS } from '../../../../src/core/plan/skyline.ts';

const CPU = 0;

function load(cpu: number): Float64Array {
  const amounts = new Float64Array(DIMENSIONS);
  amounts[CPU] = cpu;
  amounts[TASKS] = 1;
  return amounts;
}

const LIMITS = Float64Array.from({ length: DIMENSIONS }, (_, d) => (d === TASKS ? 3 : 4));

describe('a skyline', () => {
  it('is empty at first', () => {
    const skyline = new Skyline();
    expect(skyline.max(0, 1e15, CPU)).to.equal(0);
    expect(skyline.earliestFit(5000, 1000, load(4), LIMITS)).to.equal(5000);
  });

  it('adds what overlaps, and an end is not part of its interval', () => {
    const skyline = new Skyline();
    skyline.add(0, 3000, load(1));
    skyline.add(2000, 5000, load(2));
    expect([
      skyline.max(0, 2000, CPU),
      skyline.max(0, 2001, CPU),
      skyline.max(3000, 9000, CPU),
      skyline.max(5000, 9000, CPU),
    ]).to.deep.equal([1, 3, 2, 0]);
    expect(skyline.integrate(1000, 4000, CPU)).to.equal(2 * 1000 + 3 * 1000 + 2000 - 1000);
    expect(skyline.max(0, 9000, TASKS)).to.equal(2);
  });

  it('has room before, between and behind its tasks', () => {
    const skyline = new Skyline();
    skyline.add(2000, 4000, load(3));
    skyline.add(6000, 8000, load(3));
    expect(skyline.earliestFit(0, 2000, load(2), LIMITS)).to.equal(0);
    expect(skyline.earliestFit(0, 2001, load(2), LIMITS)).to.equal(8000);
    expect(skyline.earliestFit(1000, 2000, load(2), LIMITS)).to.equal(4000);
    expect(skyline.earliestFit(1000, 9000, load(1), LIMITS)).to.equal(1000);
  });

  it('starts tasks at whole seconds', () => {
    const skyline = new Skyline();
    skyline.add(0, 2400, load(3));
    expect(skyline.earliestFit(1, 1000, load(1), LIMITS)).to.equal(1000);
    expect(skyline.earliestFit(1, 1000, load(2), LIMITS)).to.equal(3000);
  });

  it('counts tasks', () => {
    const skyline = new Skyline();
    for (let i = 0; i < 3; i++) skyline.add(0, 4000, load(0));
    expect(skyline.earliestFit(0, 1000, load(0), LIMITS)).to.equal(4000);
  });

  it('never has room for more than its limits', () => {
    expect(new Skyline().earliestFit(0, 1000, load(5), LIMITS)).to.equal(Infinity);
  });

  it('is left as it was by what its clone is given', () => {
    const skyline = new Skyline();
    const clone = skyline.clone();
    clone.add(0, 1000, load(4));
    expect(skyline.max(0, 1000, CPU)).to.equal(0);
  });

  it('agrees with adding up the tasks one by one', () => {
    const interval = fc.tuple(
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 4 }),
    );
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 30 }), interval, (intervals, [from, length, cpu]) => {
        const skyline = new Skyline();
        for (const [start, duration, amount] of intervals)
          skyline.add(start * 1000, (start + duration) * 1000, load(amount));
        const at = (second: number): [number, number] => {
          const there = intervals.filter(([s, d]) => s <= second && second < s + d);
          return [there.reduce((sum, [, , amount]) => sum + amount, 0), there.length];
        };
        const seconds = Array.from({ length }, (_, i) => from + i);
        expect(skyline.max(from * 1000, (from + length) * 1000, CPU)).to.equal(
          Math.max(...seconds.map((s) => at(s)[0])),
        );

        const fitsAt = (start: number): boolean =>
          seconds.every(
            (s) => (cpu === 0 || at(s - from + start)[0] + cpu <= 4) && at(s - from + start)[1] + 1 <= 3,
          );
        let expected = from;
        while (!fitsAt(expected)) expected += 1;
        expect(skyline.earliestFit(from * 1000, length * 1000, load(cpu), LIMITS)).to.equal(expected * 1000);
      }),
    );
  });
});
