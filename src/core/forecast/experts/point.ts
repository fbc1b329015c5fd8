/**
 * Any model that says one number a step, as an expert: its path, moved by how far it is off now as far as that lasted
 * in the past, and around it the errors that it made in the past at the same lead. (Its own intervals, where it has
 * any, suppose errors that are normal and independent, and are far too wide for loads.)
 *
 * A fit is dear, so there is one every half day; the origins until the next use it.
 */
import type { Course } from '../course.ts';
import { leadGrid } from '../lead-errors.ts';
import { quantileOfSorted } from '../quantiles.ts';
import type { Expert, Predictor } from './expert.ts';

export interface PointModel {
  /** As in `NodeForecast.spec.model`. */
  readonly name: string;
  /**
   * Fits the rows before `end`, and says the next `steps`; undefined where these are too few for it. Reads no row at
   * or after `end`.
   */
  path(course: Course, end: number, steps: number): Float64Array | undefined;
}

const REFIT_SECONDS = 43_200;
/** … of fine rows, more often: their histories are short. */
const REFIT_FINE_ROWS = 48;
const FINE_STEP_SECONDS = 120;
/** Fits whose errors are looked at, and origins after each. */
const FITS = 6;
const ORIGINS_A_FIT = 12;
const FEWEST_ERRORS = 12;

interface Fit {
  readonly end: number;
  readonly path: Float64Array;
}

/** Of one lead of the grid. */
interface LeadErrors {
  /** Share of what the path is off by now that is left. */
  readonly lasting: number;
  readonly quantiles: Float64Array;
}

export function pointExpert(model: PointModel): Expert {
  return {
    name: model.name,
    study(course) {
      const isFine = course.stepSeconds < FINE_STEP_SECONDS;
      const refit = isFine ? REFIT_FINE_ROWS : Math.max(1, Math.round(course.rows(REFIT_SECONDS)));
      const leads = leadGrid(course.horizon);
      const fits = new Map<number, Fit | undefined>();
      const fitAt = (end: number): Fit | undefined => {
        if (!fits.has(end)) {
          const path = end <= 0 ? undefined : model.path(course, end, refit + course.horizon);
          fits.set(end, path === undefined ? undefined : { end, path });
        }
        return fits.get(end);
      };
      const tables = new Map<number, readonly LeadErrors[]>();
      return (origin) => {
        const end = Math.floor(origin / refit) * refit;
        const fit = fitAt(end);
        if (fit === undefined) return undefined;
        let table = tables.get(end);
        if (table === undefined) {
          const before = Array.from({ length: FITS }, (_, i) => fitAt(end - (i + 1) * refit));
          table = errorsOf(
            course,
            before.filter((f) => f !== undefined),
            leads,
            refit,
            end,
          );
          tables.set(end, table);
        }
        return table.length === 0 ? undefined : predictor(course, fit, table, leads, origin);
      };
    },
  };
}

function predictor(
  course: Course,
  fit: Fit,
  table: readonly LeadErrors[],
  leads: readonly number[],
  origin: number,
): Predictor {
  const offBy = offByAt(course, fit, origin);
  return (lead, into) => {
    const level = fit.path[origin - 1 + lead - fit.end];
    if (level === undefined) return false;
    let above = 0;
    while (above < table.length - 1 && (leads[above] ?? 0) < lead) above += 1;
    const below = Math.max(0, above - 1);
    const [from, to] = [leads[below] ?? 0, leads[above] ?? 0];
    const share = to > from ? Math.min(1, Math.max(0, (lead - from) / (to - from))) : 0;
    const [low, high] = [table[below], table[above]];
    if (low === undefined || high === undefined) return false;
    const lasting = low.lasting + share * (high.lasting - low.lasting);
    for (let l = 0; l < into.length; l++) {
      const error = low.quantiles[l] ?? 0;
      into[l] = level + lasting * offBy + error + share * ((high.quantiles[l] ?? 0) - error);
    }
    return true;
  };
}

/** What the load before an origin is above the path; at the fit itself the model has taken it in. */
function offByAt({ filled }: Course, fit: Fit, origin: number): number {
  return origin === fit.end ? 0 : (filled[origin - 1] ?? 0) - (fit.path[origin - 1 - fit.end] ?? 0);
}

/** Of the leads that enough errors before `end` are known of; leads further than these are taken to be like the last. */
function errorsOf(
  course: Course,
  fits: readonly Fit[],
  leads: readonly number[],
  refit: number,
  end: number,
): LeadErrors[] {
  const { values, levels } = course;
  const found: LeadErrors[] = [];
  const offBys = new Float64Array(fits.length * ORIGINS_A_FIT);
  const errors = new Float64Array(offBys.length);
  for (const lead of leads) {
    let count = 0;
    let squares = 0;
    let products = 0;
    for (const fit of fits) {
      for (let i = 0; i < ORIGINS_A_FIT; i++) {
        const origin = fit.end + Math.floor((i * refit) / ORIGINS_A_FIT);
        const target = origin - 1 + lead;
        const actual = target < end ? (values[target] ?? NaN) : NaN;
        if (Number.isNaN(actual)) continue;
        const offBy = offByAt(course, fit, origin);
        const error = actual - (fit.path[target - fit.end] ?? 0);
        squares += offBy * offBy;
        products += offBy * error;
        offBys[count] = offBy;
        errors[count] = error;
        count += 1;
      }
    }
    if (count < FEWEST_ERRORS) break;
    const lasting = squares > 0 ? Math.min(1, Math.max(0, products / squares)) : 0;
    for (let i = 0; i < count; i++) errors[i] = (errors[i] ?? 0) - lasting * (offBys[i] ?? 0);
    const sorted = errors.subarray(0, count).sort();
    const quantiles = Float64Array.from(levels, (level) => quantileOfSorted(sorted, level));
    found.push({ lasting, quantiles });
  }
  return found;
}
