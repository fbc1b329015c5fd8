import { expect } from 'chai';
import type { Expert } from '../../../src/core/forecast/experts/expert.ts';
import { GATE_LEVELS } from '../../../src/core/forecast/gate/inputs.ts';
import { LIBRARY_NAMES } from '../../../src/core/forecast/index.ts';
import { Opinions, Panel } from '../../../src/core/forecast/panel.ts';
import { loadAugurs } from '../../../src/ml/augurs.ts';
import { course, random } from '../core/forecast/helpers.ts';

const MEDIAN = GATE_LEVELS.indexOf(0.5);
/** Rows of half an hour: fits take milliseconds. */
const DAY = 48;

const rhythm = (row: number): number => 40 + 20 * Math.sin((row / DAY) * 2 * Math.PI);

function daily(rows: number, noise: number): Float64Array {
  const next = random(1);
  return Float64Array.from({ length: rows }, (_, i) => rhythm(i) + noise * (2 * next() - 1));
}

describe('Models of augurs', () => {
  let experts: Expert[];
  before(async () => {
    experts = await loadAugurs();
  });

  function say(expert: Expert, values: Float64Array, lead: number, origin = values.length): number[] {
    const opinions = new Opinions(1, GATE_LEVELS.length);
    const placed = new Panel([expert], course(values, DAY, 1800)).at(origin);
    return placed.ask(lead, opinions) ? [...opinions.of(0)] : [];
  }

  it('can be named', () => {
    expect(experts.map(({ name }) => name)).to.deep.equal(['ExponentialSmoothing', 'MSTL']);
    expect(LIBRARY_NAMES).to.include.members(experts.map(({ name }) => name));
  });

  it('follow the rhythm of a day, within the errors that they made before', () => {
    const values = daily(8 * DAY + 17, 2);
    for (const expert of experts) {
      const said = say(expert, values, 10);
      const expected = rhythm(values.length - 1 + 10);
      expect(said[MEDIAN], expert.name).to.be.closeTo(expected, 4);
      expect((said.at(-1) ?? 0) - (said[0] ?? 0), expert.name).to.be.within(1, 20);
    }
  });

  it('read nothing at or after their origin', () => {
    const values = daily(8 * DAY, 3);
    const origin = 7 * DAY + 5;
    const changed = values.map((v, i) => (i < origin ? v : 99 - v));
    for (const expert of experts) {
      expect(say(expert, changed, 40, origin), expert.name).to.deep.equal(say(expert, values, 40, origin));
    }
  });

  it('say nothing of what they cannot fit', () => {
    for (const expert of experts) expect(say(expert, daily(30, 2), 5), expert.name).to.deep.equal([]);
  });
});
