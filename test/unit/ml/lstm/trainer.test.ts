import { expect } from 'chai';
import { lstmExpert } from '../../../../src/core/forecast/experts/lstm.ts';
import { GATE_LEVELS } from '../../../../src/core/forecast/gate/inputs.ts';
import { Opinions, Panel } from '../../../../src/core/forecast/panel.ts';
import { packLstm, unpackLstm } from '../../../../src/core/forecast/lstm/weights.ts';
import { trainLstm } from '../../../../src/ml/lstm/trainer.ts';
import type { TrainedLstm } from '../../../../src/ml/lstm/trainer.ts';
import { loadTensorFlow } from '../../../../src/ml/tensorflow/backend.ts';
import { course, daily } from '../../core/forecast/helpers.ts';
import { GRID, QUICK, rhythms } from './helpers.ts';

const MEDIAN = GATE_LEVELS.indexOf(0.5);

describe('Training of the LSTM', () => {
  let trained: TrainedLstm;

  before(async () => {
    const { backend, missing } = await loadTensorFlow();
    if (backend === undefined) throw new Error(missing.join('; '));
    const result = trainLstm(backend, rhythms(3), GRID, QUICK);
    if (result === undefined) throw new Error('too short');
    trained = result;
  });

  function say(values: Float64Array, lead: number, origin = values.length): number[] {
    const opinions = new Opinions(1, GATE_LEVELS.length);
    const panel = new Panel([lstmExpert(trained.weights, 'cpu')], course(values));
    return panel.at(origin).ask(lead, opinions) ? [...opinions.of(0)] : [];
  }

  it('finds the rhythm of a series that it has not seen', () => {
    const values = daily(7, 2, 99);
    const known = values.slice(0, 6 * 288 + 40);
    for (const lead of [20, 90, 180]) {
      const expected = 40 + 20 * Math.sin(((6 * 288 + 40 + lead - 1) / 288) * 2 * Math.PI);
      expect(say(known, lead)[MEDIAN], `lead ${lead}`).to.be.closeTo(expected, 8);
    }
  });

  it('reads nothing at or after its origin', () => {
    const values = daily(8, 3);
    const origin = 7 * 288 - 60;
    const changed = values.map((v, i) => (i < origin ? v : i % 3 === 0 ? NaN : 99 - v));
    for (const lead of [1, 30, 288])
      expect(say(changed, lead, origin)).to.deep.equal(say(values, lead, origin));
    expect(say(values, 30, origin)).to.have.length(GATE_LEVELS.length);
  });

  it('says nothing beyond the leads that it was trained on, or of a series of a few hours', () => {
    expect(say(daily(5, 1), GRID.horizon + 1)).to.deep.equal([]);
    expect(say(daily(5, 1).slice(0, 200), 1)).to.deep.equal([]);
  });

  it('learns nothing from rows at or after the end that it is given', async () => {
    const { backend } = await loadTensorFlow();
    const series = rhythms(2);
    const endRow = 4 * 288;
    const spoiled = series.map((one) => ({
      ...one,
      endRow,
      series: { ...one.series, values: one.series.values.map((v, i) => (i < endRow ? v : 1e6 * i)) },
    }));
    const cut = series.map((one) => ({ ...one, endRow }));
    const few = { ...QUICK, steps: 3 };
    const [one, other] = [cut, spoiled].map((of) => trainLstm(backend!, of, GRID, few)!);
    expect(packLstm(one!.weights).floats).to.equal(packLstm(other!.weights).floats);
  });

  it('makes weights that survive as text, and refuses those of another version', () => {
    const packed = packLstm(trained.weights);
    expect(packLstm(unpackLstm(packed))).to.deep.equal(packed);
    expect(() => unpackLstm({ ...packed, version: 99 })).to.throw('train it anew');
    expect(() => unpackLstm({ ...packed, floats: packed.floats.slice(0, 400) })).to.throw('train it anew');
  });

  it('has nothing to learn from series of a few hours', async () => {
    const { backend } = await loadTensorFlow();
    const short = rhythms(2).map((one) => ({ ...one, endRow: 100 }));
    expect(trainLstm(backend!, short, GRID, QUICK)).to.equal(undefined);
  });
});
