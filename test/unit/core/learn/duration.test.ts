import { expect } from 'chai';
import fc from 'fast-check';
import { daysAgo, learned, run, times } from './support.ts';

const seconds = fc.double({ min: 1, max: 1e5, noNaN: true });
const node = fc.constantFrom('n1', 'n2', 'n3');
const nodeTypeOf = (name: string): string => (name === 'n3' ? 'large' : 'small');
const runs = fc.array(fc.record({ seconds, node, age: fc.double({ min: 0, max: 60, noNaN: true }) }), {
  minLength: 1,
  maxLength: 40,
});
type Drawn = readonly { readonly seconds: number; readonly node: string; readonly age: number }[];
const made = (drawn: Drawn) =>
  learned(
    drawn.map((r) => run(r.seconds, { node: r.node, nodeType: nodeTypeOf(r.node), ...daysAgo(r.age) })),
  );
/** A hair more or less is the same. */
const SLACK = 1 + 1e-9;

describe('The learned duration of a type of task', () => {
  it("is the spec's estimate while nothing has run", () => {
    expect(learned([]).duration(60).p50).to.be.closeTo(60, 1e-9);
    expect(learned([]).pace('n1', 'small')).to.equal(1);
  });

  it("lies between the spec's estimate and the runs, on every node", () => {
    fc.assert(
      fc.property(runs, seconds, node, (drawn, estimate, on) => {
        const type = made(drawn);
        const all = [estimate, ...drawn.map((r) => r.seconds)];
        const { p50, p90 } = type.duration(estimate);
        const there = p50 * type.pace(on, nodeTypeOf(on));
        for (const value of [p50, there]) {
          expect(value).to.be.within(Math.min(...all) / SLACK, Math.max(...all) * SLACK);
        }
        expect(p90).to.be.at.least(p50 / SLACK);
      }),
    );
  });

  it('never falls when a run takes longer, or the estimate is raised', () => {
    fc.assert(
      fc.property(runs, seconds, node, fc.nat(), fc.double({ min: 1, max: 10, noNaN: true }), (...drawn) => {
        const [before, estimate, on, pick, factor] = drawn;
        const at = pick % before.length;
        const after = before.map((r, i) => (i === at ? { ...r, seconds: r.seconds * factor } : r));
        const there = (of: Drawn, spec: number): number => {
          const type = made(of);
          return type.duration(spec).p50 * type.pace(on, nodeTypeOf(on));
        };
        expect(there(after, estimate) * SLACK).to.be.at.least(there(before, estimate));
        expect(there(before, estimate * factor) * SLACK).to.be.at.least(there(before, estimate));
      }),
    );
  });

  it('becomes that of the runs as they become many, on each node its own', () => {
    const many = times(200, (i) => run(i % 2 === 0 ? 100 : 400, { node: i % 2 === 0 ? 'n1' : 'n2' }));
    const type = learned(many);
    const { p50 } = type.duration(5);
    expect(p50 * type.pace('n1', undefined)).to.be.within(80, 120);
    expect(p50 * type.pace('n2', undefined)).to.be.within(300, 420);
  });

  it('is half way in the logarithm when the runs count as much as the estimate', () => {
    expect(learned(times(3, () => run(900))).duration(100).p50).to.be.closeTo(300, 1e-6);
  });

  it('is work: seconds times the speed of the node', () => {
    const type = learned(times(100, (i) => run(i % 2 === 0 ? 10 : 40, { speed: i % 2 === 0 ? 4 : 1 })));
    expect(type.duration(40).p50).to.be.closeTo(40, 1e-6);
  });

  it('is not ruined by a few runs that hung', () => {
    const good = times(20, () => run(60));
    const { p50, p90 } = learned([...good, run(90_000), run(86_400)]).duration(60);
    expect(p50).to.be.closeTo(60, 1e-6);
    expect(p90).to.be.below(80);
  });

  it('follows what changed lately', () => {
    const old = times(20, (i) => run(60, daysAgo(60 + i / 10)));
    const recent = times(5, (i) => run(600, daysAgo(i / 10)));
    expect(learned([...old, ...recent]).duration(60).p50).to.be.above(200);
  });

  it('forgets nothing for want of runs', () => {
    const type = learned(times(50, (i) => run(600, daysAgo(200 + i / 100))));
    expect(type.duration(60).p50).to.be.above(500);
  });

  it('takes that of its node type for a node on which it has not run', () => {
    const type = learned(
      times(100, (i) =>
        i % 2 === 0
          ? run(100, { node: `s${String(i)}`, nodeType: 'small' })
          : run(25, { node: `l${String(i)}`, nodeType: 'large' }),
      ),
    );
    expect(type.pace('new', 'small') / type.pace('new', 'large')).to.be.within(3.2, 4);
    expect(type.pace('new', 'unheard-of')).to.equal(1);
  });

  it('says of a run that failed nothing', () => {
    const type = learned([run(3, { outcome: 'Failed' }), run(1e4, { outcome: 'Failed' })]);
    expect(type.runs).to.equal(0);
    expect(type.duration(60).p50).to.be.closeTo(60, 1e-9);
  });

  it('costs no more however many runs there were', () => {
    const type = learned(times(20_000, (i) => run(100 + (i % 7), { node: `n${String(i % 50)}` })));
    const began = performance.now();
    for (let i = 0; i < 1000; i++) type.pace(`n${String(i % 60)}`, undefined);
    expect(performance.now() - began).to.be.below(200);
    expect(type.duration(1).p50).to.be.within(90, 107);
  });
});
