/** Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019), and gradients of at most length 1. */
const DECAY_FIRST = 0.9;
const DECAY_SECOND = 0.999;
const EPSILON = 1e-8;
const LONGEST_GRADIENT = 1;

export class Adam {
  readonly #weightDecay: number;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #steps = 0;

  constructor(parameters: number, weightDecay: number) {
    this.#weightDecay = weightDecay;
    this.#first = new Float64Array(parameters);
    this.#second = new Float64Array(parameters);
  }

  /** Changes `parameters` in place. */
  step(parameters: Float64Array, gradient: Float64Array, rate: number): void {
    this.#steps += 1;
    const length = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    const shorten = length > LONGEST_GRADIENT ? LONGEST_GRADIENT / length : 1;
    const correctFirst = 1 - DECAY_FIRST ** this.#steps;
    const correctSecond = 1 - DECAY_SECOND ** this.#steps;
    for (let i = 0; i < parameters.length; i++) {
      const g = (gradient[i] ?? 0) * shorten;
      const first = DECAY_FIRST * (this.#first[i] ?? 0) + (1 - DECAY_FIRST) * g;
      const second = DECAY_SECOND * (this.#second[i] ?? 0) + (1 - DECAY_SECOND) * g * g;
      this.#first[i] = first;
      this.#second[i] = second;
      const update = first / correctFirst / (Math.sqrt(second / correctSecond) + EPSILON);
      const value = parameters[i] ?? 0;
      parameters[i] = value - rate * (update + this.#weightDecay * value);
    }
  }
}
