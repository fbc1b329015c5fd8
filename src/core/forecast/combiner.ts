/** How what the experts say becomes one answer: by the gate, or by taking one expert at its word. */
import type { Resource } from '../resources.ts';
import type { Course } from './course.ts';
import { GateInput } from './gate/inputs.ts';
import { gateOf } from './gate/network.ts';
import type { Gate, GateWeights } from './gate/network.ts';
import { shapeAt } from './gate/shape.ts';
import type { Shape } from './gate/shape.ts';
import { sanitise } from './panel.ts';
import type { Opinions } from './panel.ts';
import type { RunningLosses } from './running-losses.ts';

export interface Combiner {
  /**
   * Before it is asked about leads of an origin. Of the past only losses and calibration are learned: for these a rougher
   * answer will do.
   */
  place(origin: number, isPast: boolean): void;
  /** Quantiles at the course's levels, ascending, within [0, capacity]. Some expert has an opinion. */
  combine(lead: number, opinions: Opinions, losses: RunningLosses, into: Float64Array): void;
}

/** Several gates that were trained from different starts: the mean of what they say varies less than each. */
export class GateCombiner implements Combiner {
  readonly #course: Course;
  readonly #resource: Resource | undefined;
  readonly #committee: readonly Gate[];
  /** Those that are asked: of the past one for all. */
  #gates: readonly Gate[] = [];
  readonly #mixed: Float64Array;
  readonly #input: GateInput;
  #shape: Shape = { location: 0, scale: 1, figures: [] };

  constructor(course: Course, resource: Resource | undefined, committee: readonly GateWeights[]) {
    this.#course = course;
    this.#resource = resource;
    this.#committee = committee.map(gateOf);
    this.#input = new GateInput(committee[0]?.experts.length ?? 0);
    this.#mixed = new Float64Array(course.levels.length);
  }

  place(origin: number, isPast: boolean): void {
    this.#gates = isPast ? this.#committee.slice(0, 1) : this.#committee;
    this.#shape = shapeAt(this.#course, this.#course.measuredEnd(origin));
  }

  combine(lead: number, opinions: Opinions, losses: RunningLosses, into: Float64Array): void {
    const { stepSeconds, capacity } = this.#course;
    const { location, scale } = this.#shape;
    this.#input.fill({ lead, stepSeconds, resource: this.#resource }, this.#shape, opinions, losses);
    into.fill(0);
    for (const gate of this.#gates) {
      gate.mix(this.#input, this.#mixed);
      for (let l = 0; l < into.length; l++)
        into[l] = (into[l] ?? 0) + (this.#mixed[l] ?? 0) / this.#gates.length;
    }
    const { lowest, highest } = envelope(opinions);
    for (let l = 0; l < into.length; l++) {
      into[l] = Math.min(highest, Math.max(lowest, location + scale * (into[l] ?? 0)));
    }
    sanitise(into, capacity);
  }
}

/** What no expert thinks likely is no answer either: where all are sure, the gate's residual has no say. */
function envelope({ has, levels, quantiles }: Opinions): { lowest: number; highest: number } {
  let lowest = Infinity;
  let highest = -Infinity;
  for (let expert = 0; expert < has.length; expert++) {
    if (has[expert] !== 1) continue;
    lowest = Math.min(lowest, quantiles[expert * levels] ?? Infinity);
    highest = Math.max(highest, quantiles[(expert + 1) * levels - 1] ?? -Infinity);
  }
  return { lowest, highest };
}

/** The first expert of the panel that has something to say. */
export class FirstCombiner implements Combiner {
  place(): void {
    // It says the same wherever it stands.
  }

  combine(_lead: number, opinions: Opinions, _losses: RunningLosses, into: Float64Array): void {
    const first = opinions.has.indexOf(1);
    into.set(opinions.of(Math.max(0, first)));
  }
}
