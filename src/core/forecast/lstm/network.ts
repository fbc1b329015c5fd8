/**
 * The LSTM with quantile outputs: a global model over all nodes and resources.
 *
 *   h = LSTM(blocks of the window)                        Hochreiter and Schmidhuber, Neural Computation 1997
 *   c = silu([h, static figures] · contextKernel + contextBias)
 *   quantiles(lead) = silu(lead figures · leadKernel + c · mixKernel + decoderBias) · outputKernel + outputBias
 *
 * The decoder is shared by all leads (MQ-RNN's local decoder; Wen et al., arXiv 1711.11053), so that any horizon can
 * be asked for. This is the forward pass alone; `src/ml/lstm` trains the weights with TensorFlow.js.
 */
import { GATE_LEVELS } from '../gate/inputs.ts';
import type { LstmInput } from './inputs.ts';
import { CHANNELS, LEAD_FIGURES, STATIC_FIGURES } from './shape.ts';
import type { LstmWeights } from './weights.ts';

/** Scaled figures beyond it tell nothing more. */
export const FIGURE_LIMIT = 6;

export class LstmNetwork {
  readonly weights: LstmWeights;
  readonly #gates: Float64Array;
  readonly #cell: Float64Array;
  readonly #hidden: Float64Array;
  readonly #figures: Float64Array;
  readonly #decoder: Float64Array;

  constructor(weights: LstmWeights) {
    const { units, decoder } = weights.shape;
    this.weights = weights;
    this.#gates = new Float64Array(4 * units);
    this.#cell = new Float64Array(units);
    this.#hidden = new Float64Array(units);
    this.#figures = new Float64Array(Math.max(STATIC_FIGURES, LEAD_FIGURES));
    this.#decoder = new Float64Array(decoder);
  }

  /** What a series says to the decoder, whatever the lead: `c · mixKernel + decoderBias`. */
  encode({ blocks, figures }: LstmInput): Float64Array {
    const { parts, scaler, shape } = this.weights;
    this.#readBlocks(blocks);
    const context = parts.contextBias.slice();
    addProduct(this.#hidden, shape.units, parts.contextKernel, 0, context);
    standardise(figures, 0, scaler.staticMean, scaler.staticDeviation, this.#figures);
    addProduct(this.#figures, STATIC_FIGURES, parts.contextKernel, shape.units, context);
    silu(context);
    const mix = parts.decoderBias.slice();
    addProduct(context, context.length, parts.mixKernel, 0, mix);
    return mix;
  }

  /** Writes GATE_LEVELS' quantiles of a lead, standardised as the window was, ascending. */
  decode(mix: Float64Array, lead: Float64Array, into: Float64Array): void {
    const { parts, scaler } = this.weights;
    standardise(lead, 0, scaler.leadMean, scaler.leadDeviation, this.#figures);
    this.#decoder.set(mix);
    addProduct(this.#figures, LEAD_FIGURES, parts.leadKernel, 0, this.#decoder);
    silu(this.#decoder);
    into.set(parts.outputBias);
    addProduct(this.#decoder, this.#decoder.length, parts.outputKernel, 0, into);
    into.subarray(0, GATE_LEVELS.length).sort();
  }

  /** Leaves the last hidden state in `#hidden`. */
  #readBlocks(blocks: Float64Array): void {
    const { cellKernel, cellBias } = this.weights.parts;
    const { units } = this.weights.shape;
    const gates = this.#gates;
    this.#cell.fill(0);
    this.#hidden.fill(0);
    for (let from = 0; from < blocks.length; from += CHANNELS) {
      gates.set(cellBias);
      addProduct(blocks.subarray(from, from + CHANNELS), CHANNELS, cellKernel, 0, gates);
      addProduct(this.#hidden, units, cellKernel, CHANNELS, gates);
      for (let u = 0; u < units; u++) {
        const input = sigmoid(gates[u] ?? 0);
        const forget = sigmoid(gates[units + u] ?? 0);
        const candidate = Math.tanh(gates[2 * units + u] ?? 0);
        const output = sigmoid(gates[3 * units + u] ?? 0);
        const cell = forget * (this.#cell[u] ?? 0) + input * candidate;
        this.#cell[u] = cell;
        this.#hidden[u] = output * Math.tanh(cell);
      }
    }
  }
}

/** As training standardises: by mean and deviation, within limits. */
export function standardise(
  raw: Float64Array,
  from: number,
  mean: Float64Array,
  deviation: Float64Array,
  into: Float64Array | Float32Array,
  at = 0,
): void {
  for (let i = 0; i < mean.length; i++) {
    const value = ((raw[from + i] ?? 0) - (mean[i] ?? 0)) / (deviation[i] ?? 1);
    into[at + i] = Math.min(FIGURE_LIMIT, Math.max(-FIGURE_LIMIT, value));
  }
}

/** Adds `x · matrix`, of which the first row is `firstRow`, to `into`. */
function addProduct(
  x: Float64Array,
  length: number,
  matrix: Float64Array,
  firstRow: number,
  into: Float64Array,
): void {
  const width = into.length;
  for (let i = 0; i < length; i++) {
    const value = x[i] ?? 0;
    if (value === 0) continue;
    const row = (firstRow + i) * width;
    for (let j = 0; j < width; j++) into[j] = (into[j] ?? 0) + value * (matrix[row + j] ?? 0);
  }
}

function silu(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * sigmoid(values[i] ?? 0);
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
