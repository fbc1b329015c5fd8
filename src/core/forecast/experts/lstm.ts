/** The LSTM as one that can be asked for any lead at any point of the past. */
import type { Resource } from '../../resources.ts';
import { GATE_LEVELS } from '../gate/inputs.ts';
import { fewestRows, fillLead, inputAt } from '../lstm/inputs.ts';
import { LstmNetwork } from '../lstm/network.ts';
import { LEAD_FIGURES } from '../lstm/shape.ts';
import type { LstmWeights } from '../lstm/weights.ts';
import type { Expert } from './expert.ts';

export const LSTM = 'LSTM';

export function lstmExpert(weights: LstmWeights, resource: Resource | undefined): Expert {
  return {
    name: LSTM,
    study(course) {
      if (course.levels.join() !== GATE_LEVELS.join()) return undefined; // it knows these alone
      const network = new LstmNetwork(weights);
      const figures = new Float64Array(LEAD_FIGURES);
      const fewest = fewestRows(weights.shape);
      return (origin) => {
        if (origin < fewest) return undefined;
        const input = inputAt(course, origin, weights.shape, resource);
        const mix = network.encode(input);
        return (lead, into) => {
          if (lead > weights.horizon) return false;
          fillLead(course, origin, lead, input, figures);
          network.decode(mix, figures, into);
          for (let l = 0; l < into.length; l++) into[l] = input.location + input.scale * (into[l] ?? 0);
          return true;
        };
      };
    },
  };
}
