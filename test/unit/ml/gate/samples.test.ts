import { expect } from 'chai';
import { judgingStride } from '../../../../src/core/forecast/judging.ts';
import { Samples, collectSamples } from '../../../../src/ml/gate/samples.ts';
import { daily, series } from '../../core/forecast/helpers.ts';

function collect(values: Float64Array, endRow: number): Samples {
  const samples = new Samples();
  collectSamples(
    { series: series(values), resource: 'cpu', pool: 'cpu', capacity: 100, horizon: 288, endRow },
    samples,
  );
  return samples;
}

describe('Samples that the gate learns from', () => {
  const values = daily(9, 6);
  const endRow = 8 * 288 + 60;
  const samples = collect(values, endRow);

  it('know nothing of rows at or after the end row', () => {
    const changed = values.map((v, row) => (row >= endRow ? 100 - v : v));
    const others = collect(changed, endRow);
    expect(others.size).to.equal(samples.size);
    for (let i = 0; i < samples.size; i++) expect(others.at(i), String(i)).to.deep.equal(samples.at(i));
  });

  it('see nothing at or after their own origin but what came', () => {
    const origin = 7 * 288 + 144;
    expect(origin % judgingStride(300)).to.equal(0);
    const changed = values.map((v, row) => (row >= origin ? 100 - v : v));
    const others = collect(changed, endRow);
    const known = Array.from({ length: samples.size }, (_, i) => i).filter(
      (i) => samples.originOf(i) === origin,
    );
    expect(known.length).to.be.greaterThan(5);
    for (const i of known) {
      expect([...others.at(i).x]).to.deep.equal([...samples.at(i).x]);
      expect([...others.at(i).scaled]).to.deep.equal([...samples.at(i).scaled]);
      expect(others.at(i).actual).to.not.equal(samples.at(i).actual);
    }
  });

  it('weigh 1 on average', () => {
    const importance = samples.importance();
    expect(importance.reduce((a, b) => a + b) / importance.length).to.be.closeTo(1, 1e-9);
  });
});
