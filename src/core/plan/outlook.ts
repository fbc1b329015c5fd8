/** What is known of a node's availability, made ready for looking up by time. */
import { RESOURCES } from '../resources.ts';
import type { Availability, NodeSnapshot } from './snapshot.ts';
import { levelWeights } from './stretch.ts';

/** The forecast of one resource. */
export interface Forecast {
  /** Milliseconds. */
  readonly startTime: number;
  readonly step: number;
  readonly steps: number;
  readonly levels: readonly number[];
  readonly weights: readonly number[];
  readonly values: Float64Array;
}

/** By position in `RESOURCES`; undefined where there is no forecast, or none that may be used. */
export type Outlook = readonly (Forecast | undefined)[];

/** A stale forecast is as good as none: what it says of now was said too long ago. */
export function outlookOf(node: NodeSnapshot): Outlook {
  return RESOURCES.map((resource) => (node.forecastStale ? undefined : usable(node.availability[resource])));
}

function usable(availability: Availability | undefined): Forecast | undefined {
  if (availability === undefined) return undefined;
  const { startTime, stepSeconds, steps, levels, values } = availability;
  if (steps < 1 || levels.length === 0 || !(stepSeconds > 0) || values.length < steps * levels.length)
    return undefined;
  // A model that has failed says nothing in any step.
  if (levels.some((_, level) => Number.isNaN(values[level]))) return undefined;
  return { startTime, step: stepSeconds * 1000, steps, levels, weights: levelWeights(levels), values };
}

/** The step in force at `time`: the first one before the forecast begins, and the last one when it is over. */
export function stepAt(forecast: Forecast, time: number): number {
  return Math.min(forecast.steps - 1, Math.max(0, Math.floor((time - forecast.startTime) / forecast.step)));
}

/** Until when `step` is in force. */
export function endOfStep(forecast: Forecast, step: number): number {
  return step >= forecast.steps - 1 ? Infinity : forecast.startTime + (step + 1) * forecast.step;
}
