import { expect } from 'chai';
import { EXPERTS } from '../../../../src/core/forecast/experts/index.ts';
import { Gate } from '../../../../src/core/forecast/gate/network.ts';
import { GATE_LEVELS, GateInput } from '../../../../src/core/forecast/gate/inputs.ts';
import { packWeights, unpackWeights } from '../../../../src/core/forecast/gate/weights.ts';
import { Layout } from '../../../../src/ml/gate/layout.ts';
import { Samples, collectSamples } from '../../../../src/ml/gate/samples.ts';
import { DEFAULT_TRAINING, Pass, trainGate } from '../../../../src/ml/gate/trainer.ts';
import { daily, random, series } from '../../core/forecast/helpers.ts';

/** Ten days of a rhythm with noise. */
function someSamples(seed: number): Samples {
  const next = random(seed);
  const values = daily(11, 6, seed).map((v) => v + 4 * next());
  const samples = new Samples();
  collectSamples(
    {
      series: series(values),
      resource: 'cpu',
      pool: 'cpu',
      capacity: 100,
      horizon: 288,
      endRow: values.length,
    },
    samples,
  );
  return samples;
}

describe('Training of the gate', () => {
  const samples = someSamples(1);
  const names = EXPERTS.map(({ name }) => name);

  it('has gradients that agree with differences', () => {
    const layout = new Layout(samples.inputs, 3, EXPERTS.length);
    const next = random(9);
    const p = layout.initial(next).map((v) => v + 0.1 * (next() - 0.5));
    const zero = new Float64Array(samples.inputs);
    const pass = new Pass(
      layout,
      zero,
      zero.map(() => 2),
      { inputDropout: 0, hiddenDropout: 0 },
      next,
    );
    const sample = samples.at(40);
    const gradient = new Float64Array(layout.size);
    pass.learn(sample, 1, p, gradient);
    const unused = new Float64Array(layout.size);
    const parts = [layout.w1, layout.b1, layout.w2, layout.b2, layout.w3, layout.b3, layout.factors];
    for (const start of parts) {
      for (const at of [start, start + 1, start + 2]) {
        const [up, down] = [1e-6, -1e-6].map((step) => {
          const moved = p.slice();
          moved[at] = (moved[at] ?? 0) + step;
          return pass.learn(sample, 1, moved, unused);
        });
        expect((up! - down!) / 2e-6, `parameter ${at}`).to.be.closeTo(gradient[at]!, 1e-5);
      }
    }
  });

  it('makes the loss smaller, and the same weights from the same seed', () => {
    const losses: number[] = [];
    const options = {
      ...DEFAULT_TRAINING,
      hidden: 4,
      epochs: 8,
      batch: 16,
      inputDropout: 0,
      hiddenDropout: 0,
    };
    const first = trainGate(samples, { ...options, onEpoch: (_epoch, loss) => losses.push(loss) });
    const again = trainGate(samples, options);
    expect(losses.at(-1)).to.be.lessThan(losses[0]!);
    expect([...again.w1]).to.deep.equal([...first.w1]);
  });

  it('gives weights that survive being packed, and are refused by other experts', () => {
    const weights = new Layout(samples.inputs, 3, EXPERTS.length).toWeights(
      new Layout(samples.inputs, 3, EXPERTS.length).initial(random(4)),
      new Float64Array(samples.inputs).fill(1),
      new Float64Array(samples.inputs).fill(2),
    );
    const packed = packWeights(weights);
    const back = unpackWeights(packed, names);
    for (const name of ['mean', 'w1', 'b1', 'w2', 'b2', 'w3', 'b3', 'factors'] as const) {
      expect([...back[name]], name).to.deep.equal([...weights[name]].map(Math.fround));
    }
    expect(() => unpackWeights(packed, names.slice(1))).to.throw('train the gate anew');
  });

  it('learns from what had come, with the same input that a forecast sees', () => {
    const layout = new Layout(samples.inputs, 2, EXPERTS.length);
    const weights = layout.toWeights(
      new Float64Array(layout.size),
      new Float64Array(samples.inputs),
      new Float64Array(samples.inputs).fill(1),
    );
    const { scaled, has } = samples.at(7);
    const input = new GateInput(EXPERTS.length);
    input.scaled.set(scaled);
    input.has.set(has);
    const mixed = new Float64Array(GATE_LEVELS.length);
    new Gate(weights).mix(input, mixed);
    // Without any weight the gate is the plain mean of what was said.
    const said = [...has.keys()].filter((e) => has[e] === 1);
    const mean = said.reduce((sum, e) => sum + (scaled[e * GATE_LEVELS.length + 5] ?? 0), 0) / said.length;
    expect(mixed[5]).to.be.closeTo(mean, 1e-6);
  });
});
