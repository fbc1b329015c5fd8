import { expect } from 'chai';
import fc from 'fast-check';
import { RowOrder } from '../../../../src/core/forecast/row-order.ts';

describe('RowOrder', () => {
  const drained = (order: RowOrder, rows: readonly number[]): number[] => {
    rows.forEach((row) => order.add(row));
    const into = new Uint32Array(rows.length);
    expect(order.drain(into)).to.equal(rows.length);
    return [...into];
  };

  it('gives any rows by ascending value, equal ones by row, as often as it is asked', () => {
    const value = fc.oneof(
      fc.float({ min: -100, max: 100, noNaN: true }),
      fc.constantFrom(0, 1, -1, 64e9, -1e-30),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300 }), fc.array(fc.nat(299)), (list, picks) => {
        const values = Float64Array.from(list, Math.fround);
        const order = new RowOrder(values);
        const picked = [...new Set(picks)].filter((row) => row < values.length);
        const byValue = (rows: readonly number[]): number[] =>
          rows.toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
        for (const rows of [picked, [...values.keys()], picked]) {
          const found = drained(order, rows);
          expect(found.map((row) => values[row])).to.deep.equal(byValue(rows).map((row) => values[row]));
          expect(found.toSorted((a, b) => a - b)).to.deep.equal(rows.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  it('sorts nothing into nothing', () => {
    expect(drained(new RowOrder(new Float64Array(0)), [])).to.deep.equal([]);
    expect(drained(new RowOrder(new Float64Array(40)), [])).to.deep.equal([]);
  });
});
