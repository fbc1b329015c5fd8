/** The models beside those of the core, by name: what was trained, and what other libraries bring. */
import type { ModelLibrary, SeriesKind } from '../core/forecast/index.ts';
import type { Expert } from '../core/forecast/experts/expert.ts';
import { LSTM, lstmExpert } from '../core/forecast/experts/lstm.ts';
import type { GateWeights } from '../core/forecast/gate/network.ts';
import type { LstmWeights } from '../core/forecast/lstm/weights.ts';

export interface LibraryParts {
  /** One for each grid that was trained on. */
  readonly lstms?: readonly LstmWeights[];
  /** In place of the shipped ones. */
  readonly gates?: readonly GateWeights[];
  /** Of other libraries, by name. */
  readonly others?: readonly Expert[];
}

/** Steps that differ by less are of one kind. */
const SAME_STEP = 0.2;

export function createLibrary({ lstms = [], gates, others = [] }: LibraryParts): ModelLibrary {
  return {
    ...(gates === undefined ? {} : { gates }),
    expert(name: string, { resource, stepSeconds }: SeriesKind): Expert | undefined {
      if (name !== LSTM) return others.find((expert) => expert.name === name);
      const fits = (weights: LstmWeights): boolean =>
        Math.abs(weights.stepSeconds / stepSeconds - 1) < SAME_STEP;
      const weights = lstms.find(fits);
      return weights === undefined ? undefined : lstmExpert(weights, resource);
    },
  };
}
