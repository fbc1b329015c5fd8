import { expect } from 'chai';
import { loadsAlike } from '../../../../src/controllers/forecaster/alike.ts';
import type { Peer } from '../../../../src/controllers/forecaster/alike.ts';
import { LoadBook } from '../../../../src/controllers/forecaster/load-book.ts';
import { byResource } from '../../../../src/core/resources.ts';

const WINDOW = { from: 0, to: 100_000 };

const peer = (name: string, capacity: number, type?: string): Peer => ({
  node: {
    metadata: { name, labels: type === undefined ? {} : { 'node.kubernetes.io/instance-type': type } },
  },
  capacity,
});

/** Every node carries the same load all the time. */
const bookOf = (loads: Readonly<Record<string, number>>): LoadBook => {
  const book = new LoadBook(100_000, 10);
  for (const [node, load] of Object.entries(loads)) {
    for (let time = 0; time < 100_000; time += 5_000) {
      book.append(
        node,
        time,
        byResource((r) => (r === 'gpu' ? null : load)),
      );
    }
  }
  return book;
};

describe('Nodes alike', () => {
  const own = peer('new', 8, 'big');
  const others = [peer('a', 8, 'big'), peer('b', 16, 'big'), peer('c', 9), peer('d', 64, 'huge'), own];

  it('are of the same instance type, else of similar capacity, else any', () => {
    const who = (loads: Readonly<Record<string, number>>): string | undefined =>
      loadsAlike(bookOf(loads), 'cpu', own, others, WINDOW)?.who;
    expect(who({ a: 4, b: 4, c: 4, d: 4 })).to.equal('2 nodes of instance type big');
    expect(who({ c: 4, d: 4 })).to.equal('1 node of similar capacity');
    expect(who({ d: 4 })).to.equal('1 node');
    expect(who({ new: 4, unknown: 4 })).to.equal(undefined);
  });

  it('tell their load as a share of their capacity, ascending, as far as it was measured', () => {
    const book = bookOf({ a: 4, b: 4 });
    const loads = loadsAlike(book, 'cpu', own, others, WINDOW)?.loads;
    expect(loads).to.deep.equal(
      Float64Array.from([...Array<number>(10).fill(0.25), ...Array<number>(10).fill(0.5)]),
    );
    expect(loadsAlike(book, 'gpu', own, others, WINDOW)).to.equal(undefined);
  });
});
