/**
 * Training of the gate: Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019) on the pinball loss of
 * its quantiles, with gradients written out. Plain typed arrays; the same seed gives the same weights.
 */
import { EXPERTS } from '../../core/forecast/experts/index.ts';
import { GATE_LEVELS } from '../../core/forecast/gate/inputs.ts';
import { GROUPS, INPUT_LIMIT, LEVEL_GROUPS } from '../../core/forecast/gate/network.ts';
import type { GateWeights } from '../../core/forecast/gate/network.ts';
import { seededRandom } from '../../runtime/random.ts';
import { Adam } from './adam.ts';
import { Layout } from './layout.ts';
import type { Sample, Samples } from './samples.ts';

export interface TrainingOptions {
  readonly hidden: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Shares of inputs and of hidden units that are left out, others each time. */
  readonly inputDropout: number;
  readonly hiddenDropout: number;
  readonly seed: number;
  /** Told after each epoch. */
  readonly onEpoch?: (epoch: number, loss: number) => void;
}

export const DEFAULT_TRAINING: TrainingOptions = {
  hidden: 24,
  epochs: 12,
  batch: 1024,
  learningRate: 3e-3,
  weightDecay: 1e-4,
  inputDropout: 0.05,
  hiddenDropout: 0.1,
  seed: 1,
};

const WARM_UP_STEPS = 100;
const LAST_RATE = 0.02;
/** The outermost levels count half: forecasters are compared by the deciles between. */
const LEVEL_WEIGHTS = GATE_LEVELS.map((level) => (level < 0.1 || level > 0.9 ? 0.05 : 0.1));

export function trainGate(samples: Samples, options: TrainingOptions = DEFAULT_TRAINING): GateWeights {
  const layout = new Layout(samples.inputs, options.hidden, EXPERTS.length);
  const random = seededRandom(options.seed);
  const { mean, deviation } = standards(samples);
  const parameters = layout.initial(random);
  const pass = new Pass(layout, mean, deviation, options, random);
  const importance = samples.importance();
  const order = Uint32Array.from({ length: samples.size }, (_, i) => i);
  const batches = Math.max(1, Math.floor(samples.size / options.batch));
  const adam = new Adam(parameters.length, options.weightDecay);
  const gradient = new Float64Array(parameters.length);
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    shuffle(order, random);
    let loss = 0;
    for (let b = 0; b < batches; b++) {
      gradient.fill(0);
      const last = Math.min(samples.size, (b + 1) * options.batch);
      for (let i = b * options.batch; i < last; i++) {
        const at = order[i] ?? 0;
        loss += pass.learn(samples.at(at), (importance[at] ?? 1) / options.batch, parameters, gradient);
      }
      adam.step(
        parameters,
        gradient,
        rateAt(epoch * batches + b, options.epochs * batches, options.learningRate),
      );
    }
    options.onEpoch?.(epoch, loss / batches);
  }
  return layout.toWeights(parameters, mean, deviation);
}

/** Rises over the first steps, then falls as a cosine. */
function rateAt(step: number, steps: number, rate: number): number {
  const falling = LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
  return rate * falling * Math.min(1, (step + 1) / WARM_UP_STEPS);
}

function standards(samples: Samples): { mean: Float64Array; deviation: Float64Array } {
  const mean = new Float64Array(samples.inputs);
  const deviation = new Float64Array(samples.inputs);
  for (let i = 0; i < samples.size; i++) {
    samples.at(i).x.forEach((value, f) => (mean[f] = (mean[f] ?? 0) + value / samples.size));
  }
  for (let i = 0; i < samples.size; i++) {
    samples.at(i).x.forEach((value, f) => {
      deviation[f] = (deviation[f] ?? 0) + (value - (mean[f] ?? 0)) ** 2 / samples.size;
    });
  }
  return { mean, deviation: deviation.map((v) => Math.sqrt(v) + 1e-3) };
}

/** Shuffles in place (Fisher and Yates). */
function shuffle(values: Uint32Array, random: () => number): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const swapped = values[i] ?? 0;
    values[i] = values[j] ?? 0;
    values[j] = swapped;
  }
}

/** One sample forwards and backwards. */
export class Pass {
  readonly #layout: Layout;
  readonly #mean: Float64Array;
  readonly #deviation: Float64Array;
  readonly #options: Pick<TrainingOptions, 'inputDropout' | 'hiddenDropout'>;
  readonly #random: () => number;
  readonly #x: Float64Array;
  /** Before the activation. */
  readonly #sums: Float64Array;
  readonly #h: Float64Array;
  readonly #kept: Float64Array;
  readonly #dh: Float64Array;
  readonly #weights: Float64Array;
  readonly #dWeights: Float64Array;

  constructor(
    layout: Layout,
    mean: Float64Array,
    deviation: Float64Array,
    options: Pick<TrainingOptions, 'inputDropout' | 'hiddenDropout'>,
    random: () => number,
  ) {
    this.#layout = layout;
    this.#mean = mean;
    this.#deviation = deviation;
    this.#options = options;
    this.#random = random;
    this.#x = new Float64Array(layout.inputs);
    this.#sums = new Float64Array(layout.hidden);
    this.#h = new Float64Array(layout.hidden);
    this.#kept = new Float64Array(layout.hidden);
    this.#dh = new Float64Array(layout.hidden);
    this.#weights = new Float64Array(GROUPS * layout.experts);
    this.#dWeights = new Float64Array(GROUPS * layout.experts);
  }

  /** Adds the gradient of the sample's loss, times `importance`, to `gradient`; returns that loss. */
  learn(sample: Sample, importance: number, p: Float64Array, gradient: Float64Array): number {
    this.#hide(sample.x, p);
    this.#weigh(sample, p);
    return this.#backwards(sample, importance, p, gradient);
  }

  #hide(raw: Float32Array, p: Float64Array): void {
    const { inputs, hidden, w1, b1 } = this.#layout;
    const { inputDropout, hiddenDropout } = this.#options;
    const x = this.#x;
    for (let i = 0; i < inputs; i++) {
      const value = ((raw[i] ?? 0) - (this.#mean[i] ?? 0)) / (this.#deviation[i] ?? 1);
      const isKept = inputDropout === 0 || this.#random() >= inputDropout;
      x[i] = isKept ? Math.min(INPUT_LIMIT, Math.max(-INPUT_LIMIT, value)) / (1 - inputDropout) : 0;
    }
    for (let j = 0; j < hidden; j++) {
      let sum = p[b1 + j] ?? 0;
      const row = w1 + j * inputs;
      for (let i = 0; i < inputs; i++) sum += (p[row + i] ?? 0) * (x[i] ?? 0);
      const isKept = hiddenDropout === 0 || this.#random() >= hiddenDropout;
      this.#kept[j] = isKept ? 1 / (1 - hiddenDropout) : 0;
      this.#sums[j] = sum;
      this.#h[j] = ((this.#kept[j] ?? 0) * sum) / (1 + Math.exp(-sum));
    }
  }

  #weigh({ has, relative }: Sample, p: Float64Array): void {
    const { hidden, experts, w2, b2, factors } = this.#layout;
    const weights = this.#weights;
    const [eta, phi] = [p[factors] ?? 0, p[factors + 1] ?? 0];
    for (let g = 0; g < GROUPS; g++) {
      let largest = -Infinity;
      for (let e = 0; e < experts; e++) {
        if (has[e] !== 1) continue;
        const unit = g * experts + e;
        let logit = (p[b2 + unit] ?? 0) - eta * (relative[e] ?? 0) - phi * (relative[experts + e] ?? 0);
        const row = w2 + unit * hidden;
        for (let j = 0; j < hidden; j++) logit += (p[row + j] ?? 0) * (this.#h[j] ?? 0);
        weights[unit] = logit;
        largest = Math.max(largest, logit);
      }
      let total = 0;
      for (let unit = g * experts, e = 0; e < experts; e++, unit++) {
        const weight = has[e] === 1 ? Math.exp((weights[unit] ?? 0) - largest) : 0;
        weights[unit] = weight;
        total += weight;
      }
      for (let unit = g * experts; unit < (g + 1) * experts; unit++)
        weights[unit] = (weights[unit] ?? 0) / total;
    }
  }

  #backwards(sample: Sample, importance: number, p: Float64Array, gradient: Float64Array): number {
    const { hidden, experts, w3, b3, factors } = this.#layout;
    const levels = GATE_LEVELS.length;
    const { scaled, actual } = sample;
    const rho = p[factors + 2] ?? 0;
    const dh = this.#dh.fill(0);
    const dWeights = this.#dWeights.fill(0);
    let loss = 0;
    let dRho = 0;
    for (let l = 0; l < levels; l++) {
      const row = w3 + l * hidden;
      let residual = p[b3 + l] ?? 0;
      for (let j = 0; j < hidden; j++) residual += (p[row + j] ?? 0) * (this.#h[j] ?? 0);
      const group = (LEVEL_GROUPS[l] ?? 0) * experts;
      let quantile = rho * residual;
      for (let e = 0; e < experts; e++)
        quantile += (this.#weights[group + e] ?? 0) * (scaled[e * levels + l] ?? 0);
      const level = GATE_LEVELS[l] ?? 0;
      const error = actual - quantile;
      const weight = 2 * importance * (LEVEL_WEIGHTS[l] ?? 0);
      loss += weight * (error >= 0 ? level * error : (level - 1) * error);
      const d = weight * (error >= 0 ? -level : 1 - level);
      for (let e = 0; e < experts; e++) {
        dWeights[group + e] = (dWeights[group + e] ?? 0) + d * (scaled[e * levels + l] ?? 0);
      }
      dRho += d * residual;
      const dResidual = d * rho;
      gradient[b3 + l] = (gradient[b3 + l] ?? 0) + dResidual;
      for (let j = 0; j < hidden; j++) {
        gradient[row + j] = (gradient[row + j] ?? 0) + dResidual * (this.#h[j] ?? 0);
        dh[j] = (dh[j] ?? 0) + dResidual * (p[row + j] ?? 0);
      }
    }
    gradient[factors + 2] = (gradient[factors + 2] ?? 0) + dRho;
    this.#throughWeights(sample, p, gradient);
    this.#throughHidden(gradient);
    return loss;
  }

  /** From the weights of the experts to W2, b2, η, φ and the hidden units. */
  #throughWeights({ has, relative }: Sample, p: Float64Array, gradient: Float64Array): void {
    const { hidden, experts, w2, b2, factors } = this.#layout;
    const dh = this.#dh;
    let dEta = 0;
    let dPhi = 0;
    for (let g = 0; g < GROUPS; g++) {
      let mean = 0;
      for (let unit = g * experts; unit < (g + 1) * experts; unit++) {
        mean += (this.#weights[unit] ?? 0) * (this.#dWeights[unit] ?? 0);
      }
      for (let e = 0; e < experts; e++) {
        if (has[e] !== 1) continue;
        const unit = g * experts + e;
        const d = (this.#weights[unit] ?? 0) * ((this.#dWeights[unit] ?? 0) - mean);
        dEta -= d * (relative[e] ?? 0);
        dPhi -= d * (relative[experts + e] ?? 0);
        gradient[b2 + unit] = (gradient[b2 + unit] ?? 0) + d;
        const row = w2 + unit * hidden;
        for (let j = 0; j < hidden; j++) {
          gradient[row + j] = (gradient[row + j] ?? 0) + d * (this.#h[j] ?? 0);
          dh[j] = (dh[j] ?? 0) + d * (p[row + j] ?? 0);
        }
      }
    }
    gradient[factors] = (gradient[factors] ?? 0) + dEta;
    gradient[factors + 1] = (gradient[factors + 1] ?? 0) + dPhi;
  }

  #throughHidden(gradient: Float64Array): void {
    const { inputs, hidden, w1, b1 } = this.#layout;
    for (let j = 0; j < hidden; j++) {
      const sum = this.#sums[j] ?? 0;
      const sigmoid = 1 / (1 + Math.exp(-sum));
      const d = (this.#dh[j] ?? 0) * (this.#kept[j] ?? 0) * sigmoid * (1 + sum * (1 - sigmoid));
      if (d === 0) continue;
      gradient[b1 + j] = (gradient[b1 + j] ?? 0) + d;
      const row = w1 + j * inputs;
      for (let i = 0; i < inputs; i++) gradient[row + i] = (gradient[row + i] ?? 0) + d * (this.#x[i] ?? 0);
    }
  }
}
