/** The models that `spec.model` can name. */
import type { Resource } from '../resources.ts';
import { FirstCombiner, GateCombiner } from './combiner.ts';
import type { Combiner } from './combiner.ts';
import type { Course } from './course.ts';
import type { Expert } from './experts/expert.ts';
import { EXPERTS } from './experts/index.ts';
import { SEASONAL_NAIVE } from './experts/seasonal-naive.ts';
import { SHIPPED_GATES } from './gate/shipped.generated.ts';
import type { GateWeights } from './gate/network.ts';
import { unpackWeights } from './gate/weights.ts';
import { PRIOR } from './prior.ts';

/** All experts, weighed by the gate. */
export const ENSEMBLE = 'Ensemble';
export const AUTO = 'Auto';

/** Single experts, the ensemble of all, and the prior. */
export const MODEL_NAMES: readonly string[] = [...EXPERTS.map(({ name }) => name), ENSEMBLE, PRIOR];

export class UnknownModelError extends Error {
  override name = 'UnknownModelError';

  constructor(model: string) {
    super(`there is no forecast model ${model}; there are ${AUTO}, ${MODEL_NAMES.join(', ')}`);
  }
}

export interface Model {
  readonly name: string;
  readonly experts: readonly Expert[];
  /** Index of the seasonal-naive expert. */
  readonly naive: number;
  combiner(course: Course, resource: Resource | undefined): Combiner;
}

let unpacked: readonly GateWeights[] | undefined;

/** Unpacked when first needed: who trains gates for other experts has none that fits. */
function shippedGates(): readonly GateWeights[] {
  const names = EXPERTS.map(({ name }) => name);
  unpacked ??= SHIPPED_GATES.map((packed) => unpackWeights(packed, names));
  return unpacked;
}

/** Undefined: the prior. `Auto` is the ensemble. Throws UnknownModelError. */
export function modelOf(name: string): Model | undefined {
  if (name === PRIOR) return undefined;
  if (name === AUTO || name === ENSEMBLE) {
    return {
      name: ENSEMBLE,
      experts: EXPERTS,
      naive: EXPERTS.indexOf(SEASONAL_NAIVE),
      combiner: (course, resource) => new GateCombiner(course, resource, shippedGates()),
    };
  }
  const expert = EXPERTS.find((e) => e.name === name);
  if (expert === undefined) throw new UnknownModelError(name);
  return { name, experts: [expert, SEASONAL_NAIVE], naive: 1, combiner: () => new FirstCombiner() };
}
