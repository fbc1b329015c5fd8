import type { FinishedRun } from '../../../../src/core/learn/index.ts';
import { TypeRuns } from '../../../../src/core/learn/type-runs.ts';

const DAY = 86_400_000;

export const run = (seconds: number, overrides: Partial<FinishedRun> = {}): FinishedRun => ({
  namespace: 'lab',
  type: 'align',
  node: 'n1',
  nodeType: undefined,
  end: 100 * DAY,
  seconds,
  speed: 1,
  outcome: 'Succeeded',
  used: { cpu: null, memory: null, gpu: null, network: null },
  ...overrides,
});

/** Days before the newest. */
export const daysAgo = (days: number): { end: number } => ({ end: (100 - days) * DAY });

export function learned(runs: readonly FinishedRun[]): TypeRuns {
  const type = new TypeRuns();
  for (const one of runs) type.add(one);
  return type;
}

export const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
