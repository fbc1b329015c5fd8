import { expect } from 'chai';
import fc from 'fast-check';
import { LoadBook } from '../../../../src/controllers/forecaster/load-book.ts';
import { gatherSeries } from '../../../../src/core/forecast/index.ts';
import { byResource } from '../../../../src/core/resources.ts';
import type { NodeHistory } from '../../../../src/history/index.ts';

const STEP = 10;
const WINDOW = 2_000_000;

interface Sample {
  readonly time: number;
  readonly value: number;
}

const historyOf = (samples: readonly Sample[]): NodeHistory => {
  const values = Float64Array.from(samples, ({ value }) => value);
  return { node: 'a', time: Float64Array.from(samples, ({ time }) => time), load: byResource(() => values) };
};

const loadOf = (value: number) => byResource(() => (Number.isNaN(value) ? null : value));

const samplesFrom = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 60_000 }), fc.oneof(fc.integer({ min: 0, max: 99 }), fc.constant(NaN))),
  { maxLength: 200 },
);

describe('LoadBook', () => {
  it('says of every window what the samples in it say, and the newest of them', () => {
    fc.assert(
      fc.property(samplesFrom, fc.nat(100), fc.integer({ min: 0, max: WINDOW }), (steps, split, back) => {
        let time = 0;
        const samples = steps.map(([apart, value]) => ({ time: (time += apart), value }));
        const book = new LoadBook(WINDOW, STEP);
        book.load([historyOf(samples.slice(0, split))]);
        for (const sample of samples.slice(split)) book.append('a', sample.time, loadOf(sample.value));

        const grid = { from: time - back, to: time + STEP * 1000 };
        const expected = gatherSeries(
          { time: samples.map((s) => s.time), values: samples.map((s) => s.value) },
          { ...grid, stepSeconds: STEP },
        );
        expect(book.series('a', 'cpu', grid)).to.deep.equal(expected);
        expect(book.last('a', 'cpu')).to.deep.equal(samples.findLast(({ value }) => !Number.isNaN(value)));
        expect(book.lastTime('a')).to.equal(samples.at(-1)?.time);
      }),
    );
  });

  it('leaves out what is not newer than the last sample', () => {
    const book = new LoadBook(WINDOW, STEP);
    expect(book.append('a', 20_000, loadOf(1))).to.equal(true);
    expect(book.append('a', 20_000, loadOf(5))).to.equal(false);
    expect(book.append('a', 19_000, loadOf(5))).to.equal(false);
    expect(book.last('a', 'gpu')).to.deep.equal({ time: 20_000, value: 1 });
  });

  it('puts a history that is read late before what was observed meanwhile', () => {
    const book = new LoadBook(WINDOW, STEP);
    book.append('a', 35_000, loadOf(4));
    book.append('a', 52_000, loadOf(6));
    book.load([
      historyOf([
        { time: 5_000, value: 1 },
        { time: 31_000, value: 2 },
      ]),
    ]);
    book.append('a', 58_000, loadOf(8));
    const { values } = book.series('a', 'cpu', { from: 0, to: 60_000 });
    expect([...values]).to.deep.equal([1, NaN, NaN, 2, NaN, 7]);
    expect(book.last('a', 'cpu')).to.deep.equal({ time: 58_000, value: 8 });
  });

  it('takes up a history in parts as it does in one', async () => {
    const samples = Array.from({ length: 500 }, (_, i) => ({ time: i * 3_700, value: i % 37 }));
    const [whole, parts] = [new LoadBook(WINDOW, STEP), new LoadBook(WINDOW, STEP)];
    for (const book of [whole, parts]) book.append('a', samples.length * 3_700, loadOf(5));
    whole.load([historyOf(samples)]);
    await parts.loadParts(
      (async function* () {
        for (let i = 0; i < 500; i += 90) yield Promise.resolve([historyOf(samples.slice(i, i + 90))]);
      })(),
    );
    const grid = { from: 0, to: WINDOW };
    expect(parts.series('a', 'cpu', grid)).to.deep.equal(whole.series('a', 'cpu', grid));
  });

  it('takes the same room however often it is told', () => {
    const book = new LoadBook(WINDOW, STEP);
    for (let time = 0; time < 20 * WINDOW; time += 1_000) book.append('a', time, loadOf(time));
    const { values } = book.series('a', 'cpu', { from: 0, to: 20 * WINDOW });
    const kept = values.filter((value) => !Number.isNaN(value)).length;
    expect(kept).to.be.within(WINDOW / 10_000, (1.2 * WINDOW) / 10_000);
  });
});
