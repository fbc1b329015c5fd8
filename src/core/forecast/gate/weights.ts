/** The gate's weights as text: base64 of 32-bit floats, little-endian, and back. */
import { GATE_LEVELS } from './inputs.ts';
import { GROUPS } from './network.ts';
import type { GateWeights } from './network.ts';

export interface PackedWeights {
  readonly experts: readonly string[];
  readonly inputs: number;
  readonly hidden: number;
  /** All arrays, one after the other, in the order of ARRAYS. */
  readonly floats: string;
}

const ARRAYS = ['mean', 'deviation', 'w1', 'b1', 'w2', 'b2', 'w3', 'b3', 'factors'] as const;
const BYTES = 4;

export function packWeights(weights: GateWeights): PackedWeights {
  const values = ARRAYS.flatMap((name) => [...weights[name]]);
  const view = new DataView(new ArrayBuffer(values.length * BYTES));
  values.forEach((value, i) => view.setFloat32(i * BYTES, value, true));
  const bytes = new Uint8Array(view.buffer);
  const { experts, inputs, hidden } = weights;
  return { experts, inputs, hidden, floats: btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join('')) };
}

/** Throws where the weights are of another panel of experts: they would be given to the wrong ones. */
export function unpackWeights(packed: PackedWeights, experts: readonly string[]): GateWeights {
  if (packed.experts.join() !== experts.join()) {
    throw new Error(
      `the gate's weights are for the experts ${packed.experts.join(', ')}, and there are ${experts.join(', ')}: train the gate anew`,
    );
  }
  const bytes = Uint8Array.from(atob(packed.floats), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const { inputs, hidden } = packed;
  let offset = 0;
  const take = (length: number): Float64Array => {
    const values = Float64Array.from({ length }, (_, i) => view.getFloat32(offset + i * BYTES, true));
    offset += length * BYTES;
    return values;
  };
  const levels = GATE_LEVELS.length;
  const units = GROUPS * experts.length;
  return {
    experts,
    inputs,
    hidden,
    mean: take(inputs),
    deviation: take(inputs),
    w1: take(inputs * hidden),
    b1: take(hidden),
    w2: take(units * hidden),
    b2: take(units),
    w3: take(levels * hidden),
    b3: take(levels),
    factors: take(3),
  };
}
