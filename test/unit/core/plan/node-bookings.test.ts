import { expect } from 'chai';
import fc from 'fast-check';
import { NodeBookings } from '../../../../src/core/plan/incremental/node-bookings.ts';

const DIMENSIONS = 5;

interface Booked {
  readonly start: number;
  readonly length: number;
  readonly cpu: number;
}

/** Whole seconds and cores, some of them at the same time; a window may be empty. */
const booked: fc.Arbitrary<Booked> = fc.record({
  start: fc.integer({ min: 0, max: 20 }),
  length: fc.integer({ min: 0, max: 8 }),
  cpu: fc.integer({ min: 0, max: 4 }),
});

function world(tasks: readonly Booked[]) {
  const columns = {
    dimensions: DIMENSIONS,
    group: Int32Array.from(tasks.keys()),
    groups: tasks.map(({ cpu }) => ({ demand: Float64Array.of(cpu, 0, 0, 0, 1) })),
  };
  const windows = {
    start: Float64Array.from(tasks, (t) => t.start),
    end: Float64Array.from(tasks, (t) => t.start + t.length),
  };
  return { columns, windows };
}

const contents = ({ times, loads, count }: NodeBookings) => ({
  times: [...times.subarray(0, count)],
  loads: [...loads.subarray(0, count * DIMENSIONS)],
});

describe('what is booked on a node', () => {
  it('is at every moment the sum of the tasks that run then', () => {
    fc.assert(
      fc.property(fc.array(booked, { maxLength: 12 }), (tasks) => {
        const { columns, windows } = world(tasks);
        const steps = new NodeBookings(columns, windows, [...tasks.keys()]);
        for (let time = -1; time < 30; time++) {
          const there = tasks.filter((t) => t.start <= time && time < t.start + t.length);
          const row = steps.at(time) * DIMENSIONS;
          expect(steps.loads[row]).to.equal(there.reduce((sum, t) => sum + t.cpu, 0));
          expect(steps.loads[row + DIMENSIONS - 1]).to.equal(there.length);
        }
      }),
    );
  });

  it('is the same whether tasks come at once, one by one, or after others have gone', () => {
    const some = fc.array(fc.tuple(booked, fc.boolean()), { maxLength: 12 });
    fc.assert(
      fc.property(some, (all) => {
        const { columns, windows } = world(all.map(([task]) => task));
        const kept = [...all.keys()].filter((i) => all[i]?.[1] === true);
        const atOnce = new NodeBookings(columns, windows, kept);
        const changed = new NodeBookings(columns, windows, [...all.keys()]);
        for (const i of all.keys()) if (!kept.includes(i)) changed.remove(i);
        const oneByOne = new NodeBookings(columns, windows, []);
        for (const i of kept) oneByOne.add(i);
        expect(contents(changed)).to.deep.equal(contents(atOnce));
        expect(contents(oneByOne)).to.deep.equal(contents(atOnce));
      }),
    );
  });

  it('ends with a step that has no end and holds nothing', () => {
    const { columns, windows } = world([{ start: 1, length: 2, cpu: 3 }]);
    const steps = new NodeBookings(columns, windows, [0]);
    const { times, loads } = contents(steps);
    expect(times).to.deep.equal([-Infinity, 1, 3]);
    expect([steps.end(0), steps.end(1), steps.end(2)]).to.deep.equal([1, 3, Infinity]);
    expect(loads.slice(-DIMENSIONS)).to.deep.equal([0, 0, 0, 0, 0]);
  });
});
