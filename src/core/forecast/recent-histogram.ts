/**
 * The load is drawn from what was seen lately, whatever the time of day: quantiles of the last values, weighted by
 * a half-life. What stays when a series has no rhythm (Autopilot, Rzadca et al., EuroSys 2020).
 */
import { defineExpert } from './expert.ts';
import type { Expert } from './expert.ts';
import { WeightedSample } from './quantiles.ts';

const VALUES = 160;
/** Values older than this many half-lives weigh next to nothing. */
const HALF_LIVES = 5;

export function recentHistogram(name: string, halfLifeSeconds: number): Expert {
  return defineExpert({
    name,
    minimumRows: 24,
    prepare(past) {
      const halfLife = halfLifeSeconds / past.stepSeconds;
      const rows = Math.min(past.end, Math.ceil(halfLife * HALF_LIVES));
      const stride = Math.max(1, Math.ceil(rows / VALUES));
      const sample = new WeightedSample(Math.ceil(rows / stride) + 1);
      for (let age = 0; age < rows; age += stride) {
        const value = past.values[past.end - 1 - age] ?? NaN;
        if (!Number.isNaN(value)) sample.add(value, 0.5 ** (age / halfLife));
      }
      if (sample.size === 0) return undefined;
      const quantiles = new Float64Array(past.levels.length);
      sample.quantiles(past.levels, quantiles);
      return (_lead, into) => {
        into.set(quantiles);
        return true;
      };
    },
  });
}
