/**
 * What came after the moments of the past that were most like this one: quantiles of their futures (analogue
 * forecasting).
 */
import type { Course } from '../course.ts';
import { leadGrid } from '../lead-errors.ts';
import { quantileOfSorted } from '../quantiles.ts';
import type { Expert, Predictor } from './expert.ts';
import { SHORT_SPAN_ROWS, momentsOf } from './moments.ts';

export interface NeighboursOptions {
  readonly name: string;
  /** Moments at another time of day are further away. */
  readonly sameTime: boolean;
  /** What came is taken as a change from the level that was, and added to the level that is. */
  readonly isRelative?: boolean;
  /** Takes only so many of the moments. */
  readonly most?: number;
}

export function neighboursExpert(options: NeighboursOptions): Expert {
  const { name, sameTime, isRelative = false, most = Infinity } = options;
  return {
    name,
    study(course) {
      const moments = momentsOf(course, sameTime);
      const leads = leadGrid(course.horizon);
      const level = isRelative ? course.smoothed(SHORT_SPAN_ROWS) : undefined;
      return (origin) => {
        const rows = moments(origin, most);
        return rows === undefined ? undefined : futures(course, rows, leads, level, level?.[origin - 1] ?? 0);
      };
    },
  };
}

/** @param level what the change is from; `present` is what it is added to */
function futures(
  course: Course,
  rows: Uint32Array,
  leads: readonly number[],
  level: Float64Array | undefined,
  present: number,
): Predictor {
  const { filled, levels, order } = course;
  const made: (Float64Array | undefined)[] = [];
  const sorted = new Float64Array(rows.length);
  const inOrder = new Uint32Array(rows.length);
  /** Of a lead of the grid, made when first needed. */
  const quantilesOf = (index: number): Float64Array => {
    const lead = leads[index] ?? 1;
    const found = made[index];
    if (found !== undefined) return found;
    if (level === undefined) {
      for (const row of rows) order.add(row + lead);
      order.drain(inOrder);
      for (let i = 0; i < rows.length; i++) sorted[i] = filled[inOrder[i] ?? 0] ?? 0;
    } else {
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] ?? 0;
        sorted[i] = present + (filled[row + lead] ?? 0) - (level[row] ?? 0);
      }
      sorted.sort();
    }
    const quantiles = new Float64Array(levels.length);
    for (let l = 0; l < levels.length; l++) quantiles[l] = quantileOfSorted(sorted, levels[l] ?? 0);
    made[index] = quantiles;
    return quantiles;
  };
  return (lead, into) => {
    let above = 0;
    while (above < leads.length - 1 && (leads[above] ?? 0) < lead) above += 1;
    const below = (leads[above] ?? 0) > lead ? Math.max(0, above - 1) : above;
    const high = quantilesOf(above);
    const low = quantilesOf(below);
    const from = leads[below] ?? 0;
    const share = above > below ? (lead - from) / ((leads[above] ?? 0) - from) : 0;
    for (let l = 0; l < into.length; l++) {
      into[l] = (low[l] ?? 0) + share * ((high[l] ?? 0) - (low[l] ?? 0));
    }
    return true;
  };
}
