/**
 * Training of the LSTM: TensorFlow.js makes the gradients, Adam the steps; the weights that are kept are a running
 * mean over the last steps. The same seed and backend give the same weights, unless time runs out.
 */
import type { Rank, Variable } from '@tensorflow/tfjs';
import { LSTM_PARTS, partsOf, sizesOf } from '../../core/forecast/lstm/weights.ts';
import type { LstmPart, LstmWeights } from '../../core/forecast/lstm/weights.ts';
import { shapeFor } from '../../core/forecast/lstm/shape.ts';
import type { LstmShape } from '../../core/forecast/lstm/shape.ts';
import { seededRandom } from '../../runtime/random.ts';
import type { Random } from '../../runtime/random.ts';
import { Adam } from '../gate/adam.ts';
import type { KnownSeries } from '../known-series.ts';
import type { Backend } from '../tensorflow/backend.ts';
import { LstmDataset } from './dataset.ts';
import type { LstmBatch } from './dataset.ts';
import { lossOf } from './graph.ts';

export interface LstmTraining {
  readonly steps: number;
  /** Moments of a batch, and leads of each. */
  readonly moments: number;
  readonly leads: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly seed: number;
  /** Training is over then, however many steps were made: the learning rate has come down by that time. */
  readonly mostSeconds: number;
  /** Seconds, of any clock. */
  readonly seconds: () => number;
  readonly onStep?: (step: number, loss: number) => void;
}

export const LSTM_TRAINING: Omit<LstmTraining, 'seconds'> = {
  steps: 1500,
  moments: 64,
  leads: 16,
  learningRate: 3e-3,
  weightDecay: 1e-3,
  seed: 1,
  mostSeconds: 900,
};

export interface TrainedLstm {
  readonly weights: LstmWeights;
  readonly series: number;
  readonly steps: number;
  /** Mean losses of the first and of the last REPORT_STEPS steps. */
  readonly firstLoss: number;
  readonly lastLoss: number;
}

const REPORT_STEPS = 100;
const WARM_UP_STEPS = 50;
const LAST_RATE = 0.02;
/** Share of the running mean of the weights that is kept in a step; less in the first steps. */
const KEPT = 0.99;
const FIRST_STEPS = 9;

/** Undefined where no series is long enough. Throws where the loss is no number. */
export function trainLstm(
  backend: Backend,
  series: readonly KnownSeries[],
  grid: { readonly stepSeconds: number; readonly horizon: number },
  options: LstmTraining,
): TrainedLstm | undefined {
  const shape = shapeFor(grid.stepSeconds);
  const random = seededRandom(options.seed);
  const dataset = new LstmDataset(series, shape, grid.horizon, random);
  if (dataset.series === 0) return undefined;
  const scaler = dataset.scaler(options.leads);
  const parameters = initialParameters(shape, random);
  const learner = new Learner(backend, shape, parameters);
  const adam = new Adam(parameters.length, options.weightDecay);
  const kept = parameters.slice();
  const losses: number[] = [];
  const start = options.seconds();
  let step = 0;
  for (let done = 0; done < 1; step++) {
    const { loss, gradient } = learner.learn(dataset.draw(options.moments, options.leads, scaler));
    if (!Number.isFinite(loss)) throw new Error(`the loss became ${loss} in step ${step}`);
    adam.step(parameters, gradient, options.learningRate * rateAt(done, step));
    learner.set(parameters);
    const share = Math.min(KEPT, step / (step + FIRST_STEPS));
    for (let i = 0; i < kept.length; i++) {
      kept[i] = share * (kept[i] ?? 0) + (1 - share) * (parameters[i] ?? 0);
    }
    losses.push(loss);
    options.onStep?.(step, loss);
    done = Math.max((step + 1) / options.steps, (options.seconds() - start) / options.mostSeconds);
  }
  learner.dispose();
  const parts = split(shape, kept);
  return {
    weights: { shape, ...grid, scaler, parts },
    series: dataset.series,
    steps: step,
    firstLoss: meanOf(losses.slice(0, REPORT_STEPS)),
    lastLoss: meanOf(losses.slice(-REPORT_STEPS)),
  };
}

/** Loss and gradient of the parameters, as one array in the order of LSTM_PARTS. */
export class Learner {
  readonly #backend: Backend;
  readonly #variables: Readonly<Record<LstmPart, Variable<Rank.R2>>>;
  readonly #size: number;
  readonly #sizes: ReturnType<typeof sizesOf>;

  constructor(backend: Backend, shape: LstmShape, parameters: Float64Array) {
    this.#backend = backend;
    this.#size = parameters.length;
    this.#sizes = sizesOf(shape);
    const parts = split(shape, parameters);
    const { tf } = backend;
    const variable = (name: LstmPart): Variable<Rank.R2> =>
      tf.variable(tf.tensor2d(Float32Array.from(parts[name]), [...this.#sizes[name]]));
    const made = LSTM_PARTS.map((name) => [name, variable(name)] as const);
    this.#variables = Object.fromEntries(made) as Record<LstmPart, Variable<Rank.R2>>;
  }

  learn(batch: LstmBatch): { loss: number; gradient: Float64Array } {
    const { tf } = this.#backend;
    const gradient = new Float64Array(this.#size);
    let loss = NaN;
    tf.tidy(() => {
      const list = LSTM_PARTS.map((name) => this.#variables[name]);
      const { value, grads } = tf.variableGrads(() => lossOf(this.#backend, batch, this.#variables), list);
      loss = value.dataSync()[0] ?? NaN;
      let offset = 0;
      for (const variable of list) {
        const ofVariable = grads[variable.name];
        if (ofVariable !== undefined) gradient.set(ofVariable.dataSync(), offset);
        offset += variable.size;
      }
    });
    return { loss, gradient };
  }

  set(parameters: Float64Array): void {
    const { tf } = this.#backend;
    tf.tidy(() => {
      let offset = 0;
      for (const name of LSTM_PARTS) {
        const variable = this.#variables[name];
        const values = Float32Array.from(parameters.subarray(offset, offset + variable.size));
        variable.assign(tf.tensor2d(values, [...this.#sizes[name]]));
        offset += variable.size;
      }
    });
  }

  dispose(): void {
    for (const name of LSTM_PARTS) this.#variables[name].dispose();
  }
}

export function split(shape: LstmShape, parameters: Float64Array): LstmWeights['parts'] {
  const sizes = sizesOf(shape);
  let offset = 0;
  return partsOf((name) => {
    const [inputs, outputs] = sizes[name];
    const part = parameters.slice(offset, offset + inputs * outputs);
    offset += inputs * outputs;
    return part;
  });
}

/** Matrices uniform by Glorot and Bengio (AISTATS 2010), biases 0, but for the forget gates': they start open. */
export function initialParameters(shape: LstmShape, random: Random): Float64Array {
  const sizes = sizesOf(shape);
  const values = LSTM_PARTS.flatMap((name) => {
    const [inputs, outputs] = sizes[name];
    const reach = name.endsWith('Bias') ? 0 : Math.sqrt(6 / (inputs + outputs));
    const isForget = (i: number): boolean => name === 'cellBias' && i >= shape.units && i < 2 * shape.units;
    return Array.from({ length: inputs * outputs }, (_, i) => (isForget(i) ? 1 : reach * (2 * random() - 1)));
  });
  return Float64Array.from(values);
}

/** Rises over the first steps, then falls as a cosine of the share that is done. */
function rateAt(done: number, step: number): number {
  const falling = LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, done)));
  return falling * Math.min(1, (step + 1) / WARM_UP_STEPS);
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
