/**
 * The gate: a small network that weighs the experts, apart for low, middle and high quantiles, and adds a small
 * residual of its own.
 *
 *   h = silu(W1 · standardised x + b1)
 *   weights = softmax over experts of (W2 · h + b2 - η slow - φ fast)   for each of the three groups of levels
 *   quantile = Σ weights · experts' quantile + ρ (W3 · h + b3)
 *
 * `slow` and `fast` are the relative running losses: with all else 0 the gate is the loss rule (weights by a power of
 * the losses), which it starts from in training. A mixture of experts after Jacobs et al., Neural Computation 1991.
 */
import { GATE_LEVELS, inputsOfLead } from './inputs.ts';
import type { GateInput } from './inputs.ts';
import { multiplyAdd } from './linear.ts';

/** Group of weights of each of GATE_LEVELS. */
export const LEVEL_GROUPS = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2] as const;
export const GROUPS = 3;
/** Standardised inputs beyond it tell nothing more. */
export const INPUT_LIMIT = 6;

/** Matrices are row-major, a row for each output. */
export interface GateWeights {
  /** Names of the experts, in the order of the panel. */
  readonly experts: readonly string[];
  readonly inputs: number;
  readonly hidden: number;
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  readonly w1: Float64Array;
  readonly b1: Float64Array;
  /** Rows `group * experts + expert`. */
  readonly w2: Float64Array;
  readonly b2: Float64Array;
  readonly w3: Float64Array;
  readonly b3: Float64Array;
  /** η, φ, ρ. */
  readonly factors: Float64Array;
}

/** Some of the inputs with their columns of `w1`. */
class Inputs {
  readonly #indexes: readonly number[];
  readonly #weights: GateWeights;
  readonly #matrix: Float64Array;
  readonly #standardised: Float64Array;

  constructor(weights: GateWeights, indexes: readonly number[]) {
    this.#indexes = indexes;
    this.#weights = weights;
    this.#standardised = new Float64Array(indexes.length);
    this.#matrix = new Float64Array(weights.hidden * indexes.length);
    for (let j = 0; j < weights.hidden; j++) {
      indexes.forEach((input, i) => {
        this.#matrix[j * indexes.length + i] = weights.w1[j * weights.inputs + input] ?? 0;
      });
    }
  }

  /** What they add to each hidden unit, on top of `sums`. */
  addTo(sums: Float64Array, raw: Float64Array, into: Float64Array): void {
    const { mean, deviation } = this.#weights;
    for (let i = 0; i < this.#indexes.length; i++) {
      const input = this.#indexes[i] ?? 0;
      const value = ((raw[input] ?? 0) - (mean[input] ?? 0)) / (deviation[input] ?? 1);
      this.#standardised[i] = Math.min(INPUT_LIMIT, Math.max(-INPUT_LIMIT, value));
    }
    multiplyAdd(this.#matrix, this.#standardised, sums, into);
  }
}

export class Gate {
  readonly weights: GateWeights;
  /** Inputs that are the same for all leads of a bucket are multiplied once for these. */
  readonly #ofBucket: Inputs;
  readonly #ofLead: Inputs;
  readonly #sums: Float64Array;
  readonly #hidden: Float64Array;
  readonly #logits: Float64Array;
  readonly #residual: Float64Array;
  #summed: { input: GateInput; revision: number } | undefined;

  constructor(weights: GateWeights) {
    this.weights = weights;
    const ofLead = inputsOfLead(weights.experts.length);
    this.#ofLead = new Inputs(weights, ofLead);
    this.#ofBucket = new Inputs(
      weights,
      Array.from({ length: weights.inputs }, (_, i) => i).filter((i) => !ofLead.includes(i)),
    );
    this.#sums = new Float64Array(weights.hidden);
    this.#hidden = new Float64Array(weights.hidden);
    this.#logits = new Float64Array(GROUPS * weights.experts.length);
    this.#residual = new Float64Array(GATE_LEVELS.length);
  }

  /** Writes GATE_LEVELS' quantiles in the scale of the input, ascending. Some expert must have an opinion. */
  mix(input: GateInput, into: Float64Array): void {
    const { weights } = this;
    this.#hide(input);
    this.#weigh(input);
    const experts = weights.experts.length;
    const levels = GATE_LEVELS.length;
    const rho = weights.factors[2] ?? 0;
    multiplyAdd(weights.w3, this.#hidden, weights.b3, this.#residual);
    for (let l = 0; l < levels; l++) into[l] = rho * (this.#residual[l] ?? 0);
    for (let e = 0; e < experts; e++) {
      for (let l = 0; l < levels; l++) {
        const weight = this.#logits[(LEVEL_GROUPS[l] ?? 0) * experts + e] ?? 0;
        into[l] = (into[l] ?? 0) + weight * (input.scaled[e * levels + l] ?? 0);
      }
    }
    ascend(into);
  }

  #hide(input: GateInput): void {
    if (this.#summed?.input !== input || this.#summed.revision !== input.revision) {
      this.#ofBucket.addTo(this.weights.b1, input.x, this.#sums);
      this.#summed = { input, revision: input.revision };
    }
    this.#ofLead.addTo(this.#sums, input.x, this.#hidden);
    for (let j = 0; j < this.weights.hidden; j++) {
      const sum = this.#hidden[j] ?? 0;
      this.#hidden[j] = sum / (1 + Math.exp(-sum));
    }
  }

  #weigh({ has, relative }: GateInput): void {
    const { w2, b2, factors, experts } = this.weights;
    const [eta = 0, phi = 0] = factors;
    const logits = this.#logits;
    const count = experts.length;
    multiplyAdd(w2, this.#hidden, b2, logits);
    for (let g = 0; g < GROUPS; g++) {
      const from = g * count;
      let largest = -Infinity;
      for (let e = 0; e < count; e++) {
        if (has[e] !== 1) continue;
        const prior = eta * (relative.slow[e] ?? 0) + phi * (relative.fast[e] ?? 0);
        const logit = (logits[from + e] ?? 0) - prior;
        logits[from + e] = logit;
        largest = Math.max(largest, logit);
      }
      let total = 0;
      for (let e = 0; e < count; e++) {
        const weight = has[e] === 1 ? Math.exp((logits[from + e] ?? 0) - largest) : 0;
        logits[from + e] = weight;
        total += weight;
      }
      for (let e = 0; e < count; e++) logits[from + e] = (logits[from + e] ?? 0) / total;
    }
  }
}

/** Sorts in place what is nearly sorted. */
function ascend(values: Float64Array): void {
  for (let n = 1; n < values.length; n++) {
    const value = values[n] ?? 0;
    let i = n;
    for (; i > 0 && (values[i - 1] ?? 0) > value; i--) values[i] = values[i - 1] ?? 0;
    values[i] = value;
  }
}

const gates = new WeakMap<GateWeights, Gate>();

/** Made once for the same weights: it holds copies of them, and nothing of the series that it was asked about. */
export function gateOf(weights: GateWeights): Gate {
  let gate = gates.get(weights);
  if (gate === undefined) {
    gate = new Gate(weights);
    gates.set(weights, gate);
  }
  return gate;
}
