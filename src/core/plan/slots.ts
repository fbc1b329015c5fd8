/**
 * The grid of time on which availability is looked up: slots of one length, the last of which never ends.
 *
 * It follows the forecasts' own steps where these agree, so that nothing is lost by it. Times are seconds from
 * now, as everywhere in the rollout.
 */
import type { PlannedNode } from './planned-node.ts';

/** Slots no forecast asks for are of this length; none are shorter than a minute. */
const DEFAULT_SECONDS = 300;
const SHORTEST_SECONDS = 60;
const MOST_SLOTS = 576;

export interface Slots {
  /** Start of slot 0; not after now. */
  readonly start: number;
  readonly length: number;
  readonly count: number;
}

export function slotsOf(nodes: readonly PlannedNode[], now: number): Slots {
  let length = Infinity;
  let origin = now;
  let end = now;
  for (const { outlook } of nodes) {
    for (const forecast of outlook) {
      if (forecast === undefined) continue;
      end = Math.max(end, forecast.startTime + forecast.step * forecast.steps);
      if (forecast.step >= length) continue;
      length = forecast.step;
      origin = forecast.startTime;
    }
  }
  const seconds = Math.max(SHORTEST_SECONDS, length === Infinity ? DEFAULT_SECONDS : length / 1000);
  const passed = (now - origin) / 1000;
  // A forecast that begins later than now holds from now on.
  const start =
    passed >= 0
      ? Math.floor(passed / seconds) * seconds - passed
      : -passed - seconds * Math.ceil(-passed / seconds);
  const ahead = (end - now) / 1000 - start;
  return { start, length: seconds, count: Math.min(MOST_SLOTS, Math.max(1, Math.ceil(ahead / seconds))) };
}

export function slotAt({ start, length, count }: Slots, time: number): number {
  // A boundary belongs to the slot that it begins, whatever floating point makes of it.
  const slot = Math.floor((time - start) / length + 1e-9);
  return slot < 0 ? 0 : slot >= count ? count - 1 : slot;
}

/** When the slot ends; Infinity for the last one. */
export function slotEnd({ start, length, count }: Slots, slot: number): number {
  return slot >= count - 1 ? Infinity : start + (slot + 1) * length;
}
