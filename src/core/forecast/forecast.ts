/**
 * The entry: a series in, quantiles of its load on the steps asked for out, with what the past says of their worth.
 *
 * Experts and gate are made for 300 s steps and 14 days of history, and for steps of about a minute and a day of it.
 */
import type { Resource } from '../resources.ts';
import { Course } from './course.ts';
import { SeriesForecaster } from './forecaster.ts';
import type { FirstOrigins } from './forecaster.ts';
import { GATE_LEVELS } from './gate/inputs.ts';
import { SeriesMemory } from './memory.ts';
import { AUTO, ENSEMBLE, LIBRARY_NAMES, modelOf, namesOfSingle } from './models.ts';
import type { Model, ModelLibrary } from './models.ts';
import { PRIOR, PRIOR_OF_LIKE_NODES, priorForecast } from './prior.ts';
import type { LikeLoads } from './prior.ts';
import { resample } from './resample.ts';
import type { Steps } from './resample.ts';
import { measuredSteps, seriesEnd } from './series.ts';
import { LEVELS } from './types.ts';
import type { ForecastRequest, QuantileForecast, Series, SeriesForecast } from './types.ts';

/** What is asked, in this order, where the model that was named needs more history than there is. */
const FALLBACKS = ['SeasonalNaive', 'LastValue'] as const;
/** Measured rows without which there is only the prior. */
const FEWEST_ROWS = 24;
/** A week of origins three hours apart: what an operator knows that has run for a while. */
export const ALL_ORIGINS: FirstOrigins = { count: 56, every: 1 };
/** Origins nine hours apart, which go round the clock: nearly as good, and a seventh of the work. */
export const FEW_ORIGINS: FirstOrigins = { count: 5, every: 3 };
/**
 * Leads up to NEAR_LEADS are all asked for; of those after, as a rule one for each step of the answer, and from
 * MIDDLE_LEADS on one for every second, within bounds. What lies between is interpolated.
 */
const NEAR_LEADS = 12;
const MIDDLE_LEADS = 48;
const STRIDES = { least: 2, most: 6 } as const;

export interface SeriesRequest extends Steps {
  readonly series: Series;
  /** Upper bound of the load, in the series' unit. */
  readonly capacity: number;
  /** `Auto`, the default, is the ensemble; or one of MODEL_NAMES. Throws UnknownModelError on another. */
  readonly model?: string;
  /** Models beside those of the core. What it lacks is answered by the ensemble, and the answer says so. */
  readonly library?: ModelLibrary;
  /** Levels of the answer, ascending; LEVELS unless told. */
  readonly levels?: readonly number[];
  /** What the load is of: loads of a kind are alike. */
  readonly resource?: Resource;
  /** Of the same series and model, from the forecast before; is changed. Without it the past is judged anew. */
  readonly memory?: SeriesMemory;
  /** What nodes alike carry: the prior where the series is too short for a model. */
  readonly alike?: LikeLoads;
  /** What is judged of a series without memory: more makes the first forecasts better, at half a millisecond each; FEW_ORIGINS unless told. */
  readonly firstOrigins?: FirstOrigins;
}

/** Memory for a series that has none, or the one that was kept. Throws UnknownModelError. */
export function memoryFor(
  model: string = AUTO,
  state?: ConstructorParameters<typeof SeriesMemory>[2],
): SeriesMemory {
  if (LIBRARY_NAMES.includes(model)) return new SeriesMemory(model, namesOfSingle(model), state);
  const chosen = modelOf(model);
  return new SeriesMemory(chosen?.name ?? PRIOR, namesOf(chosen), state);
}

const namesOf = (model: Model | undefined): string[] => model?.experts.map(({ name }) => name) ?? [];

/**
 * Quantiles of load for every step. Where the series is too short for the model that is asked for, they are a simpler
 * one's, or the prior's: the answer names whose they are.
 */
export function forecastSeries(request: SeriesRequest): SeriesForecast {
  const { series, capacity, levels = LEVELS, resource, library, alike } = request;
  const model = modelOf(request.model ?? AUTO, library, { resource, stepSeconds: series.stepSeconds });
  const asked: ForecastRequest = { series, steps: ownSteps(request), levels, capacity };
  const isKnown = model !== undefined && measuredSteps(series) >= FEWEST_ROWS;
  for (const candidate of isKnown ? withFallbacks(model) : []) {
    const answer = ask(candidate, asked, request);
    if (answer !== undefined) return answer;
  }
  const hasPeers = alike !== undefined && alike.length > 0 && model !== undefined;
  return {
    forecast: resample(priorForecast(asked, hasPeers ? alike : undefined), request),
    model: hasPeers ? PRIOR_OF_LIKE_NODES : PRIOR,
    accuracy: { lossRatio: undefined, coverage: undefined },
  };
}

function withFallbacks(model: Model): Model[] {
  const simpler = FALLBACKS.filter((name) => name !== model.name).map((name) => modelOf(name));
  return [model, ...simpler.filter((m) => m !== undefined)];
}

/** A model other than the ensemble is its first expert; the other one is there to be compared with. */
function speaks(model: Model, course: Course): boolean {
  const end = course.measuredEnd(course.values.length);
  const gap = course.values.length - end;
  const predict = end === 0 ? undefined : model.experts[0]?.study(course)?.(end);
  const ignored = new Float64Array(course.levels.length);
  return predict?.(1 + gap, ignored) === true && predict(course.horizon + gap, ignored);
}

function ask(model: Model, asked: ForecastRequest, request: SeriesRequest): SeriesForecast | undefined {
  const { series, steps, levels, capacity } = asked;
  const kept = request.memory?.model === model.name ? request.memory : undefined;
  const memory = kept ?? new SeriesMemory(model.name, namesOf(model));
  const course = new Course(series, { horizon: steps, levels: GATE_LEVELS, capacity });
  if (model.name !== ENSEMBLE && !speaks(model, course)) return undefined;
  const combiner = model.combiner(course, request.resource);
  const { experts, naive } = model;
  const forecaster = new SeriesForecaster(course, {
    experts,
    naive,
    combiner,
    memory,
    startTime: series.startTime,
    firstOrigins: request.firstOrigins ?? FEW_ORIGINS,
  });
  forecaster.catchUp();
  const leads = askedLeads(steps, request.stepSeconds / series.stepSeconds);
  const values = predictLeads(forecaster.predictor(), leads, steps, levels);
  if (values === undefined) return undefined;
  const own: QuantileForecast = {
    startTime: seriesEnd(series),
    stepSeconds: series.stepSeconds,
    steps,
    levels,
    values,
  };
  const amount = Math.max(...values.subarray(0, levels.length));
  return { forecast: resample(own, request), model: model.name, accuracy: memory.accuracy.result(amount) };
}

/** Ascending, with the first and the last. */
function askedLeads(steps: number, rowsPerStep: number): number[] {
  const within = (rows: number): number => clamp(Math.floor(rows), STRIDES.least, STRIDES.most);
  const leads: number[] = [];
  for (let lead = 1; lead < steps;) {
    leads.push(lead);
    if (lead < NEAR_LEADS) lead += 1;
    else lead += within(lead < MIDDLE_LEADS ? rowsPerStep : 2 * rowsPerStep);
  }
  leads.push(steps);
  return leads;
}

/** `values[step * levels.length + level]`, interpolated between the leads that are asked for; undefined where nothing can be said. */
function predictLeads(
  predict: (lead: number, into: Float64Array) => boolean,
  leads: readonly number[],
  steps: number,
  levels: readonly number[],
): Float64Array | undefined {
  const values = new Float64Array(steps * levels.length);
  const quantiles = new Float64Array(GATE_LEVELS.length);
  const places = levels.map(placeOf);
  let before = 0;
  for (const lead of leads) {
    if (!predict(lead, quantiles)) return undefined;
    const row = (lead - 1) * levels.length;
    for (let l = 0; l < levels.length; l++) {
      const { below, above, share } = places[l] ?? OUTERMOST;
      const low = quantiles[below] ?? 0;
      values[row + l] = between(low, quantiles[above] ?? 0, share);
    }
    ascend(values, row, levels.length);
    for (let skipped = before + 1; before > 0 && skipped < lead; skipped++) {
      const share = (skipped - before) / (lead - before);
      const at = (skipped - 1) * levels.length;
      for (let l = 0; l < levels.length; l++) {
        const low = values[(before - 1) * levels.length + l] ?? 0;
        values[at + l] = between(low, values[row + l] ?? 0, share);
      }
      ascend(values, at, levels.length);
    }
    before = lead;
  }
  return values;
}

/** Never beyond `to`, whatever is rounded. */
function between(from: number, to: number, share: number): number {
  const value = from + share * (to - from);
  return to >= from ? Math.min(to, value) : Math.max(to, value);
}

/** Interpolated levels may cross by the last bit. */
function ascend(values: Float64Array, at: number, count: number): void {
  for (let i = at + 1; i < at + count; i++) values[i] = Math.max(values[i] ?? 0, values[i - 1] ?? 0);
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Between which of GATE_LEVELS a level lies, and how far; beyond them it is the outermost. */
interface Place {
  readonly below: number;
  readonly above: number;
  readonly share: number;
}

const OUTERMOST: Place = { below: GATE_LEVELS.length - 1, above: GATE_LEVELS.length - 1, share: 0 };

function placeOf(level: number): Place {
  const above = GATE_LEVELS.findIndex((l) => l >= level);
  if (above === -1) return OUTERMOST;
  if (above === 0) return { below: 0, above: 0, share: 0 };
  const [low = 0, high = 1] = [GATE_LEVELS[above - 1], GATE_LEVELS[above]];
  return { below: above - 1, above, share: (level - low) / (high - low) };
}

/** Steps of the series' own grid from its end to the end of what is asked for; at least one. */
function ownSteps(request: SeriesRequest): number {
  const end = request.startTime + request.steps * request.stepSeconds * 1000;
  return Math.max(1, Math.ceil((end - seriesEnd(request.series)) / (request.series.stepSeconds * 1000)));
}
