import { expect } from 'chai';
import { LstmNetwork } from '../../../../src/core/forecast/lstm/network.ts';
import {
  CHANNELS,
  LEAD_FIGURES,
  STATIC_FIGURES,
  shapeFor,
} from '../../../../src/core/forecast/lstm/shape.ts';
import type { LstmWeights } from '../../../../src/core/forecast/lstm/weights.ts';
import { LstmDataset } from '../../../../src/ml/lstm/dataset.ts';
import type { LstmBatch } from '../../../../src/ml/lstm/dataset.ts';
import { quantilesOf } from '../../../../src/ml/lstm/graph.ts';
import type { LstmTensors } from '../../../../src/ml/lstm/graph.ts';
import { Learner, initialParameters, split } from '../../../../src/ml/lstm/trainer.ts';
import { LSTM_PARTS, sizesOf } from '../../../../src/core/forecast/lstm/weights.ts';
import { loadTensorFlow } from '../../../../src/ml/tensorflow/backend.ts';
import type { Backend, BackendName } from '../../../../src/ml/tensorflow/backend.ts';
import { seededRandom } from '../../../../src/runtime/random.ts';
import { GRID, rhythms } from './helpers.ts';

const SHAPE = shapeFor(GRID.stepSeconds);
const ONES = (length: number): Float64Array => new Float64Array(length).fill(1);
/** Leaves figures as they are. */
const NO_SCALER = {
  staticMean: new Float64Array(STATIC_FIGURES),
  staticDeviation: ONES(STATIC_FIGURES),
  leadMean: new Float64Array(LEAD_FIGURES),
  leadDeviation: ONES(LEAD_FIGURES),
};

/** Rows of quantiles, by the core. */
function byCore(weights: LstmWeights, batch: LstmBatch): number[][] {
  const network = new LstmNetwork(weights);
  const rows: number[][] = [];
  for (let m = 0; m < batch.moments; m++) {
    const of = (array: Float32Array, width: number, row: number): Float64Array =>
      Float64Array.from(array.subarray(row * width, (row + 1) * width));
    const blocks = Float64Array.from(batch.blocks.flatMap((block) => [...of(block, CHANNELS, m)]));
    const figures = of(batch.figures, STATIC_FIGURES, m);
    const mix = network.encode({ location: 0, scale: 1, blocks, figures });
    for (let k = 0; k < batch.leads; k++) {
      const quantiles = new Float64Array(11);
      network.decode(mix, of(batch.leadFigures, LEAD_FIGURES, m * batch.leads + k), quantiles);
      rows.push([...quantiles]);
    }
  }
  return rows;
}

function byTensorFlow(backend: Backend, weights: LstmWeights, batch: LstmBatch): number[][] {
  const { tf } = backend;
  const sizes = sizesOf(weights.shape);
  const tensors = Object.fromEntries(
    LSTM_PARTS.map((name) => [name, tf.tensor2d(Float32Array.from(weights.parts[name]), [...sizes[name]])]),
  ) as unknown as LstmTensors;
  const rows = tf.tidy(() => quantilesOf(backend, batch, tensors)).arraySync();
  return rows.map((row) => row.sort((a, b) => a - b));
}

const BACKENDS: BackendName[] = ['tfjs-node', 'tfjs-wasm'];

for (const name of BACKENDS) {
  describe(`The LSTM in TensorFlow.js, by ${name}`, () => {
    let backend: Backend;
    const random = seededRandom(5);
    const batch = new LstmDataset(rhythms(3), SHAPE, GRID.horizon, random).draw(4, 6, NO_SCALER);
    const parameters = initialParameters(SHAPE, random).map((v) => v + 0.02 * (random() - 0.5));
    const weights = { shape: SHAPE, ...GRID, scaler: NO_SCALER, parts: split(SHAPE, parameters) };

    before(async function () {
      const { backend: found, missing } = await loadTensorFlow([name]);
      if (found !== undefined) {
        backend = found;
      } else if (name === 'tfjs-node') {
        this.skip(); // it is optional: make tfjs-node
      } else {
        throw new Error(missing.join('; '));
      }
    });

    it('says what the core says, to 1e-5', () => {
      const [core, tensorFlow] = [byCore(weights, batch), byTensorFlow(backend, weights, batch)];
      expect(core).to.have.length(24);
      core.forEach((row, r) =>
        row.forEach((value, l) =>
          expect(value, `row ${r}, level ${l}`).to.be.closeTo(tensorFlow[r]![l]!, 1e-5),
        ),
      );
    });

    it('has gradients that agree with differences', () => {
      const learner = new Learner(backend, SHAPE, parameters);
      const { gradient } = learner.learn(batch);
      const sizes = LSTM_PARTS.map((part) => sizesOf(SHAPE)[part]).map(([rows, columns]) => rows * columns);
      let start = 0;
      for (const [part, size] of sizes.entries()) {
        const at = start + Math.floor(size / 2);
        const [up, down] = [1e-2, -1e-2].map((step) => {
          const moved = parameters.slice();
          moved[at] = (moved[at] ?? 0) + step;
          learner.set(moved);
          return learner.learn(batch).loss;
        });
        expect((up! - down!) / 2e-2, LSTM_PARTS[part]).to.be.closeTo(gradient[at]!, 2e-3);
        start += size;
      }
      learner.dispose();
    });
  });
}
