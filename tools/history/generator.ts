/**
 * The background load of invented nodes: a day and a week, noise at several scales, bursts, and GPUs that are
 * taken and given back whole.
 *
 * A load is a function of time, defined for all time. History up to now and the replay after now are therefore one
 * series, however often and by whichever process it is asked for.
 */
import { resourceVector } from '../../src/core/resources.ts';
import type { ResourceVector } from '../../src/core/resources.ts';
import { seedOf, uniform, valueNoise } from './noise.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface LoadOptions {
  readonly seed: number;
  readonly node: string;
  readonly capacity: ResourceVector;
}

/** Background load at a time (ms since the epoch), in base units, within [0, capacity]. */
export type LoadFunction = (timeMs: number) => ResourceVector;

export function createLoad(options: LoadOptions): LoadFunction {
  const { seed, node, capacity } = options;
  const of = (part: string): number => seedOf(seed, node, part);
  const trait = (part: string, low: number, high: number): number =>
    low + (high - low) * uniform(of(part), 0);

  const base = trait('base', 0.12, 0.3);
  const swing = trait('swing', 0.15, 0.4);
  const peakHour = trait('peakHour', 9, 17);
  const weekend = trait('weekend', 0.35, 0.9);
  const memoryBase = trait('memoryBase', 0.25, 0.5);
  const gpuBase = trait('gpuBase', 0.1, 0.5);

  /** 0 at night to 1 at the node's peak, less at the weekend. */
  const activity = (time: number): number => {
    const hour = (time % DAY) / HOUR;
    const daily = (1 + Math.cos(((hour - peakHour) / 24) * 2 * Math.PI)) / 2;
    // 1970-01-01 was a Thursday.
    const weekday = (Math.floor(time / DAY) + 4) % 7;
    return daily ** 1.5 * (weekday === 0 || weekday === 6 ? weekend : 1);
  };
  const noise = (part: string, time: number): number =>
    0.5 * valueNoise(of(`${part}6h`), time, 6 * HOUR) +
    0.3 * valueNoise(of(`${part}1h`), time, HOUR) +
    0.2 * valueNoise(of(`${part}10m`), time, 10 * MINUTE);
  /** Now and then twenty minutes of much more. */
  const burst = (part: string, time: number, chance: number): number => {
    const slot = Math.floor(time / (20 * MINUTE));
    if (uniform(of(`${part}burst`), slot) >= chance) return 0;
    const x = (time / (20 * MINUTE)) % 1;
    return uniform(of(`${part}height`), slot) * Math.min(1, 8 * x, 8 * (1 - x));
  };

  const shares = {
    cpu: (t: number) => base + swing * activity(t) + 0.1 * noise('cpu', t) + 0.3 * burst('cpu', t, 0.02),
    memory: (t: number) => memoryBase + 0.12 * activity(t - 20 * MINUTE) + 0.06 * noise('memory', t),
    gpu: (t: number) => heldDevices(t) / Math.max(1, capacity.gpu),
    network: (t: number) =>
      0.05 + 0.3 * activity(t) + 0.08 * noise('network', t) + 0.4 * burst('network', t, 0.05),
  };
  /** Each device is held or free for two hours at a time, more often by day. */
  function heldDevices(time: number): number {
    let held = 0;
    for (let device = 0; device < capacity.gpu; device++) {
      const slot = Math.floor(time / (2 * HOUR) + uniform(of('gpuOffset'), device));
      const middle = slot * 2 * HOUR;
      if (uniform(of(`gpu${device}`), slot) < gpuBase + 0.35 * activity(middle)) held += 1;
    }
    return held;
  }
  return (time) => resourceVector((r) => Math.min(1, Math.max(0, shares[r](time))) * capacity[r]);
}
