/** The models that `spec.model` can name. */
import type { Resource } from '../resources.ts';
import { FirstCombiner, GateCombiner } from './combiner.ts';
import type { Combiner } from './combiner.ts';
import type { Course } from './course.ts';
import type { Expert } from './experts/expert.ts';
import { EXPERTS } from './experts/index.ts';
import { LSTM } from './experts/lstm.ts';
import { SEASONAL_NAIVE } from './experts/seasonal-naive.ts';
import { ZERO_INFLATED } from './experts/zero-inflated.ts';
import { SHIPPED_GATES } from './gate/shipped.generated.ts';
import type { GateWeights } from './gate/network.ts';
import { unpackWeights } from './gate/weights.ts';
import { PRIOR } from './prior.ts';

/** All experts, weighed by the gate. */
export const ENSEMBLE = 'Ensemble';
export const AUTO = 'Auto';

/** Experts that can be named, and that the ensemble gains nothing from. */
const SINGLE_EXPERTS: readonly Expert[] = [...EXPERTS, ZERO_INFLATED];

/** Models that are not in this core: trained on the history, or another library's. */
export const LIBRARY_NAMES: readonly string[] = [LSTM, 'ExponentialSmoothing', 'MSTL'];

/** Single experts, those of the library, the ensemble of all, and the prior. */
export const MODEL_NAMES: readonly string[] = [
  ...SINGLE_EXPERTS.map(({ name }) => name),
  ...LIBRARY_NAMES,
  ENSEMBLE,
  PRIOR,
];

/** A kind of series: loads of a resource on a grid. */
export interface SeriesKind {
  readonly resource: Resource | undefined;
  readonly stepSeconds: number;
}

/** What was trained or loaded beside the core. */
export interface ModelLibrary {
  /** One of LIBRARY_NAMES for series of a kind; undefined where it has not been trained, or cannot be loaded. */
  expert(name: string, kind: SeriesKind): Expert | undefined;
  /** Used in place of the shipped ones. */
  readonly gates?: readonly GateWeights[];
}

export const NO_LIBRARY: ModelLibrary = { expert: () => undefined };

/** Experts of a model that is named after one. */
export const namesOfSingle = (expert: string): readonly string[] => [expert, SEASONAL_NAIVE.name];

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

/** The name of the model that answers where `name` is asked for: the ensemble, where the library lacks it. */
export function modelInUse(name: string, library: ModelLibrary, kind: SeriesKind): string {
  return LIBRARY_NAMES.includes(name) && library.expert(name, kind) === undefined ? ENSEMBLE : name;
}

/** Undefined: the prior. `Auto` is the ensemble, as is what the library lacks. Throws UnknownModelError. */
export function modelOf(
  name: string,
  library: ModelLibrary = NO_LIBRARY,
  kind: SeriesKind = { resource: undefined, stepSeconds: 0 },
): Model | undefined {
  const found = modelInUse(name, library, kind);
  if (found === PRIOR) return undefined;
  if (found === AUTO || found === ENSEMBLE) {
    return {
      name: ENSEMBLE,
      experts: EXPERTS,
      naive: EXPERTS.indexOf(SEASONAL_NAIVE),
      combiner: (course, resource) => new GateCombiner(course, resource, library.gates ?? shippedGates()),
    };
  }
  const ofLibrary = library.expert(found, kind);
  const expert =
    ofLibrary === undefined ? SINGLE_EXPERTS.find((e) => e.name === found) : withinHorizon(ofLibrary);
  if (expert === undefined) throw new UnknownModelError(found);
  return singleModel(expert);
}

/**
 * Leads are counted from the last measured row: where rows are missing they go beyond the horizon, which is all that a
 * model may have been trained for. Those are answered as the last of the horizon.
 */
function withinHorizon(expert: Expert): Expert {
  return {
    name: expert.name,
    study(course) {
      const place = expert.study(course);
      return (
        place &&
        ((origin) => {
          const predict = place(origin);
          return predict && ((lead, into) => predict(Math.min(lead, course.horizon), into));
        })
      );
    },
  };
}

/** Where the expert has nothing to say, the seasonal-naive one has. */
function singleModel(expert: Expert): Model {
  return {
    name: expert.name,
    experts: [expert, SEASONAL_NAIVE],
    naive: 1,
    combiner: () => new FirstCombiner(),
  };
}
