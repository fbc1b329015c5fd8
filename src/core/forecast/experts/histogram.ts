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
/** Up to here sorting as values are added is faster than walking all rows in order. */
const FEW = 160;

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
  const { values } = course;
  const reach = Math.ceil(halfLife * HALF_LIVES);
  const sample = new WeightedSample(reach);
  const weights = Float64Array.from({ length: reach }, (_, age) => 0.5 ** (age / halfLife));
  return (origin) => {
    sample.clear();
    const rows = Math.min(origin, reach);
    if (rows <= FEW) {
      for (let age = 0; age < rows; age++) {
        const value = values[origin - 1 - age] ?? NaN;
        if (!Number.isNaN(value)) sample.add(value, weights[age] ?? 0);
      }
    } else {
      const first = origin - rows;
      for (const row of course.order) {
        if (row >= first && row < origin) sample.append(values[row] ?? 0, weights[origin - 1 - row] ?? 0);
      }
    }
    const quantiles = new Float64Array(course.levels.length);
    sample.quantiles(course.levels, quantiles);
    return quantiles;
  };
}
