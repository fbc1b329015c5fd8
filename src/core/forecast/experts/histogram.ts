/**
 * The load is drawn from what was seen lately, whatever the time of day: quantiles of the past values, weighted by a
 * half-life. What stays when a series has no rhythm (Autopilot, Rzadca et al., EuroSys 2020).
 */
import type { Course } from '../course.ts';
import { WeightedSample } from '../quantiles.ts';
import type { Expert } from './expert.ts';

/** Values older than this many half-lives weigh next to nothing. */
const HALF_LIVES = 8;
/** A shorter half-life is hardly more than the last value. */
const SHORTEST_ROWS = 3.5;
const FEWEST_ROWS = 12;
/** Of a longer past every second row is taken, or every third …: neighbouring rows tell nearly the same. */
const MOST_ROWS = 800;

export function histogramExpert(name: string, halfLifeSeconds: number): Expert {
  return {
    name,
    study(course) {
      const halfLife = course.rows(halfLifeSeconds);
      if (halfLife < SHORTEST_ROWS) return undefined;
      const quantilesAt = decayedQuantiles(course, halfLife);
      return (origin) => {
        if (origin < FEWEST_ROWS) return undefined;
        const quantiles = quantilesAt(origin);
        return (_lead, into) => {
          into.set(quantiles);
          return true;
        };
      };
    },
  };
}

function decayedQuantiles(course: Course, halfLife: number): (origin: number) => Float64Array {
  const { values, order, levels } = course;
  const reach = Math.min(values.length, Math.ceil(halfLife * HALF_LIVES));
  const stride = Math.ceil(reach / MOST_ROWS);
  const weights = new Float64Array(reach);
  for (let age = 0; age < reach; age += stride) weights[age] = 0.5 ** (age / halfLife);
  const sample = new WeightedSample(reach);
  const sorted = new Uint32Array(reach);
  return (origin) => {
    for (let row = origin - 1; row >= Math.max(0, origin - reach); row -= stride) {
      if (!Number.isNaN(values[row])) order.add(row);
    }
    const count = order.drain(sorted);
    sample.clear();
    for (let i = 0; i < count; i++) {
      const row = sorted[i] ?? 0;
      sample.append(values[row] ?? 0, weights[origin - 1 - row] ?? 0);
    }
    const quantiles = new Float64Array(levels.length);
    sample.quantiles(levels, quantiles);
    return quantiles;
  };
}
