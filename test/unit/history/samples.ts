import type { NodeSample, TaskRun } from '../../../src/history/index.ts';

export const DAY = 86_400_000;
export const START = Date.UTC(2026, 2, 1);
export const CAPACITY = { cpu: 8, memory: 1000, gpu: 2, network: 1e9 };

/** A sample of which every amount follows from `cpu`. */
export function sample(node: string, time: number, cpu: number | null): NodeSample {
  const times = (factor: number): number | null => (cpu === null ? null : cpu * factor);
  return { node, time, load: { cpu, memory: times(10), gpu: null, network: times(1e6) }, capacity: CAPACITY };
}

/** A task run of which all follows from its number; it ended at `end`. */
export function runOf(number: number, end: number): TaskRun {
  return {
    workflow: 'lab/flow',
    task: `task-${number}`,
    type: 'fit',
    node: 'a',
    start: end - 1000,
    end,
    requested: CAPACITY,
    used: { cpu: number, memory: null, gpu: null, network: null },
    outcome: number % 2 === 0 ? 'Succeeded' : 'Failed',
  };
}
