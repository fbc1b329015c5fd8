/** Where the parts of the gate lie in one array of parameters, as an optimiser wants them. */
import { EXPERTS } from '../../core/forecast/experts/index.ts';
import { GATE_LEVELS } from '../../core/forecast/gate/inputs.ts';
import { GROUPS } from '../../core/forecast/gate/network.ts';
import type { GateWeights } from '../../core/forecast/gate/network.ts';

/** η, φ, ρ at the start: about the loss rule, and next to no residual. */
const FIRST_FACTORS = [2.5, 0.5, 0.1] as const;
const FIRST_RESIDUAL = 1e-3;

export class Layout {
  readonly inputs: number;
  readonly hidden: number;
  readonly experts: number;
  readonly size: number;
  readonly w1: number;
  readonly b1: number;
  readonly w2: number;
  readonly b2: number;
  readonly w3: number;
  readonly b3: number;
  readonly factors: number;

  constructor(inputs: number, hidden: number, experts: number) {
    const levels = GATE_LEVELS.length;
    this.inputs = inputs;
    this.hidden = hidden;
    this.experts = experts;
    this.w1 = 0;
    this.b1 = this.w1 + hidden * inputs;
    this.w2 = this.b1 + hidden;
    this.b2 = this.w2 + GROUPS * experts * hidden;
    this.w3 = this.b2 + GROUPS * experts;
    this.b3 = this.w3 + levels * hidden;
    this.factors = this.b3 + levels;
    this.size = this.factors + FIRST_FACTORS.length;
  }

  initial(random: () => number): Float64Array {
    const p = new Float64Array(this.size);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()); // Box and Muller
    for (let i = this.w1; i < this.b1; i++) p[i] = normal() / Math.sqrt(this.inputs);
    for (let i = this.w3; i < this.b3; i++) p[i] = FIRST_RESIDUAL * normal();
    p.set(FIRST_FACTORS, this.factors);
    return p;
  }

  fromWeights({ w1, b1, w2, b2, w3, b3, factors }: GateWeights): Float64Array {
    return Float64Array.from([...w1, ...b1, ...w2, ...b2, ...w3, ...b3, ...factors]);
  }

  toWeights(p: Float64Array, mean: Float64Array, deviation: Float64Array): GateWeights {
    return {
      experts: EXPERTS.map(({ name }) => name),
      inputs: this.inputs,
      hidden: this.hidden,
      mean,
      deviation,
      w1: p.slice(this.w1, this.b1),
      b1: p.slice(this.b1, this.w2),
      w2: p.slice(this.w2, this.b2),
      b2: p.slice(this.b2, this.w3),
      w3: p.slice(this.w3, this.b3),
      b3: p.slice(this.b3, this.factors),
      factors: p.slice(this.factors),
    };
  }
}
