/** What a history holds, in numbers. */
import { resourceVector } from '../core/resources.ts';
import type { NodeHistory, NodeStat } from './types.ts';

export function summarise({ node, time, load }: NodeHistory): NodeStat {
  const share = (values: Float64Array): number =>
    values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0) / Math.max(1, values.length);
  const steps = time
    .slice(1)
    .map((t, i) => t - (time[i] ?? t))
    .sort();
  const step = steps[steps.length >> 1];
  return {
    node,
    rows: time.length,
    from: time[0] ?? NaN,
    to: time.at(-1) ?? NaN,
    ...(step === undefined ? {} : { stepMs: step }),
    // A step half as long again is late; twice as long, and a sample is missing.
    gaps: step === undefined ? 0 : steps.filter((s) => s >= 2 * step).length,
    measured: resourceVector((resource) => share(load[resource])),
  };
}

/** Of all nodes; undefined where there are none. */
export function extent(nodes: readonly NodeStat[]): { from: number; to: number } | undefined {
  if (nodes.length === 0) return undefined;
  return {
    from: nodes.reduce((min, { from }) => Math.min(min, from), Infinity),
    to: nodes.reduce((max, { to }) => Math.max(max, to), -Infinity),
  };
}
