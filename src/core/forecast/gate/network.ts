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
import { GATE_LEVELS } from './inputs.ts';
import type { GateInput } from './inputs.ts';

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

export class Gate {
  readonly weights: GateWeights;
  readonly #standardised: Float64Array;
  readonly #hidden: Float64Array;
  readonly #logits: Float64Array;

  constructor(weights: GateWeights) {
    this.weights = weights;
    this.#standardised = new Float64Array(weights.inputs);
    this.#hidden = new Float64Array(weights.hidden);
    this.#logits = new Float64Array(GROUPS * weights.experts.length);
  }

  /** Writes GATE_LEVELS' quantiles in the scale of the input, ascending. Some expert must have an opinion. */
  mix(input: GateInput, into: Float64Array): void {
    const { weights } = this;
    this.#hide(input.x);
    this.#weigh(input);
    const experts = weights.experts.length;
    const levels = GATE_LEVELS.length;
    const rho = weights.factors[2] ?? 0;
    for (let l = 0; l < levels; l++) {
      const group = (LEVEL_GROUPS[l] ?? 0) * experts;
      let sum = rho * this.#output(weights.w3, weights.b3, l);
      for (let e = 0; e < experts; e++) {
        sum += (this.#logits[group + e] ?? 0) * (input.scaled[e * levels + l] ?? 0);
      }
      into[l] = sum;
    }
    into.sort();
  }

  #hide(raw: Float64Array): void {
    const { w1, b1, mean, deviation, inputs, hidden } = this.weights;
    const x = this.#standardised;
    for (let i = 0; i < inputs; i++) {
      const value = ((raw[i] ?? 0) - (mean[i] ?? 0)) / (deviation[i] ?? 1);
      x[i] = Math.min(INPUT_LIMIT, Math.max(-INPUT_LIMIT, value));
    }
    for (let j = 0; j < hidden; j++) {
      let sum = b1[j] ?? 0;
      const row = j * inputs;
      for (let i = 0; i < inputs; i++) sum += (w1[row + i] ?? 0) * (x[i] ?? 0);
      this.#hidden[j] = sum / (1 + Math.exp(-sum));
    }
  }

  #output(matrix: Float64Array, bias: Float64Array, row: number): number {
    const { hidden } = this.weights;
    let sum = bias[row] ?? 0;
    for (let j = 0; j < hidden; j++) sum += (matrix[row * hidden + j] ?? 0) * (this.#hidden[j] ?? 0);
    return sum;
  }

  #weigh({ has, relative }: GateInput): void {
    const { w2, b2, factors, experts } = this.weights;
    const [eta = 0, phi = 0] = factors;
    const logits = this.#logits;
    const count = experts.length;
    for (let g = 0; g < GROUPS; g++) {
      const from = g * count;
      let largest = -Infinity;
      for (let e = 0; e < count; e++) {
        if (has[e] !== 1) continue;
        const prior = eta * (relative.slow[e] ?? 0) + phi * (relative.fast[e] ?? 0);
        const logit = this.#output(w2, b2, from + e) - prior;
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
