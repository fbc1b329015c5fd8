/** The LSTM's weights: their names and sizes, and the same as text (base64 of 32-bit floats, little-endian). */
import { GATE_LEVELS } from '../gate/inputs.ts';
import { CHANNELS, LEAD_FIGURES, STATIC_FIGURES } from './shape.ts';
import type { LstmShape } from './shape.ts';

/** Changed whenever inputs or network are: weights of another version say nothing. */
export const LSTM_VERSION = 1;

/** Matrices are row-major, a row for each input, as TensorFlow has them. */
export const LSTM_PARTS = [
  'cellKernel',
  'cellBias',
  'contextKernel',
  'contextBias',
  'leadKernel',
  'mixKernel',
  'decoderBias',
  'outputKernel',
  'outputBias',
] as const;

export type LstmPart = (typeof LSTM_PARTS)[number];

export interface LstmWeights {
  readonly shape: LstmShape;
  /** Of the grid that it was trained on. */
  readonly stepSeconds: number;
  /** Leads beyond it were never seen in training. */
  readonly horizon: number;
  /** Mean and deviation, over the training set, of the static figures and of those of a lead. */
  readonly scaler: {
    readonly staticMean: Float64Array;
    readonly staticDeviation: Float64Array;
    readonly leadMean: Float64Array;
    readonly leadDeviation: Float64Array;
  };
  readonly parts: Readonly<Record<LstmPart, Float64Array>>;
}

export interface PackedLstm {
  readonly version: number;
  readonly shape: LstmShape;
  readonly stepSeconds: number;
  readonly horizon: number;
  /** Levels of the quantiles. */
  readonly levels: readonly number[];
  /** The scaler's arrays, then the parts in order. */
  readonly floats: string;
}

/** Inputs and outputs of each part; a bias has one input. The gates of a cell: input, forget, candidate, output. */
export function sizesOf(shape: LstmShape): Readonly<Record<LstmPart, readonly [number, number]>> {
  const { units, context, decoder } = shape;
  return {
    cellKernel: [CHANNELS + units, 4 * units],
    cellBias: [1, 4 * units],
    contextKernel: [units + STATIC_FIGURES, context],
    contextBias: [1, context],
    leadKernel: [LEAD_FIGURES, decoder],
    mixKernel: [context, decoder],
    decoderBias: [1, decoder],
    outputKernel: [decoder, GATE_LEVELS.length],
    outputBias: [1, GATE_LEVELS.length],
  };
}

const BYTES = 4;

export function packLstm(weights: LstmWeights): PackedLstm {
  const { shape, stepSeconds, horizon, scaler, parts } = weights;
  const values = [
    ...scaler.staticMean,
    ...scaler.staticDeviation,
    ...scaler.leadMean,
    ...scaler.leadDeviation,
    ...LSTM_PARTS.flatMap((name) => [...parts[name]]),
  ];
  const view = new DataView(new ArrayBuffer(values.length * BYTES));
  values.forEach((value, i) => view.setFloat32(i * BYTES, value, true));
  const letters = Array.from(new Uint8Array(view.buffer), (byte) => String.fromCharCode(byte));
  const floats = btoa(letters.join(''));
  return { version: LSTM_VERSION, shape, stepSeconds, horizon, levels: GATE_LEVELS, floats };
}

/** Throws where the weights are of another version, or not whole. */
export function unpackLstm(packed: PackedLstm): LstmWeights {
  const { version, shape, stepSeconds, horizon, levels } = packed;
  if (version !== LSTM_VERSION || levels.join() !== GATE_LEVELS.join()) {
    throw new Error(
      `the LSTM's weights are of version ${version} and this is ${LSTM_VERSION}: train it anew`,
    );
  }
  const bytes = Uint8Array.from(atob(packed.floats), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const sizes = sizesOf(shape);
  const lengthOf = (name: LstmPart): number => sizes[name][0] * sizes[name][1];
  const expected =
    2 * (STATIC_FIGURES + LEAD_FIGURES) + LSTM_PARTS.reduce((sum, name) => sum + lengthOf(name), 0);
  if (bytes.length !== expected * BYTES) {
    throw new Error(
      `the LSTM's weights have ${bytes.length / BYTES} numbers and need ${expected}: train it anew`,
    );
  }
  let offset = 0;
  const take = (length: number): Float64Array => {
    const values = Float64Array.from({ length }, (_, i) => view.getFloat32(offset + i * BYTES, true));
    offset += length * BYTES;
    return values;
  };
  const scaler = {
    staticMean: take(STATIC_FIGURES),
    staticDeviation: take(STATIC_FIGURES),
    leadMean: take(LEAD_FIGURES),
    leadDeviation: take(LEAD_FIGURES),
  };
  return { shape, stepSeconds, horizon, scaler, parts: partsOf((name) => take(lengthOf(name))) };
}

/** In order of LSTM_PARTS. */
export function partsOf(of: (name: LstmPart) => Float64Array): Readonly<Record<LstmPart, Float64Array>> {
  return {
    cellKernel: of('cellKernel'),
    cellBias: of('cellBias'),
    contextKernel: of('contextKernel'),
    contextBias: of('contextBias'),
    leadKernel: of('leadKernel'),
    mixKernel: of('mixKernel'),
    decoderBias: of('decoderBias'),
    outputKernel: of('outputKernel'),
    outputBias: of('outputBias'),
  };
}
