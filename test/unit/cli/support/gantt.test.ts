import { expect } from 'chai';
import fc from 'fast-check';
import { renderGantt } from '../../../../src/cli/support/gantt.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const bar = (start: number, end: number, fill = '█') => ({
  start: T0 + start * 1000,
  end: T0 + end * 1000,
  fill,
});

describe('A Gantt chart as text', () => {
  it('draws bars on one scale, labels in columns, and the time that has passed', () => {
    const lines = renderGantt({
      width: 20,
      rows: [
        { labels: ['fetch', 'plan'], bars: [bar(0, 10, '░')] },
        { labels: ['', 'run'], bars: [bar(5, 20)] },
      ],
    });
    expect(lines).to.deep.equal([
      'fetch  plan  ░░░░░░░░░░',
      '       run        ███████████████',
      '             |              |',
      '             0 s            15 s',
    ]);
  });

  it('shows every bar, however short', () => {
    const [line] = renderGantt({
      width: 10,
      rows: [{ labels: ['a'], bars: [bar(0, 3600), bar(3600, 3600, 'x')] }],
    });
    expect(line).to.equal('a  █████████x');
  });

  it('is empty without bars', () => {
    expect(renderGantt({ rows: [{ labels: ['a'], bars: [] }] })).to.deep.equal([]);
  });

  it('keeps to its width whatever the bars are', () => {
    const bars = fc.array(
      fc.tuple(fc.nat(1_000_000), fc.nat(1_000_000)).map(([start, length]) => bar(start, start + length)),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(bars, fc.integer({ min: 10, max: 200 }), (drawn, width) => {
        const rows = drawn.map((b, i) => ({ labels: [String(i).padStart(3)], bars: [b] }));
        for (const line of renderGantt({ rows, width }).slice(0, drawn.length)) {
          expect(line.length).to.be.at.most(3 + 2 + width);
          expect(line).to.include('█');
        }
      }),
    );
  });
});
