/** Recorded workflows as the classic problem: nodes that hold one task at a time, and no background load. */
import type { NodeSnapshot, Snapshot, TaskSnapshot } from '../../../src/core/plan/snapshot.ts';
import { ZERO } from '../../../src/core/resources.ts';
import { hash01, type CaseTask } from '../case.ts';

export const NOW = Date.parse('2026-03-02T08:00:00Z');
const SPEEDS = [0.7, 1, 1.4, 2];
const GIGABITS = [1, 2.5, 10];

export function nodeOf(j: number): NodeSnapshot {
  return {
    name: `n${j}`,
    labels: {},
    taints: [],
    schedulable: true,
    capacity: { ...ZERO, cpu: 1 },
    requested: ZERO,
    podSlots: 1,
    speed: SPEEDS[Math.trunc(SPEEDS.length * hash01('speed', j))] ?? 1,
    bandwidth: (GIGABITS[Math.trunc(GIGABITS.length * hash01('bw', j))] ?? 1) * 1e9,
    availability: {},
    forecastStale: false,
  };
}

function taskOf(task: CaseTask, all: readonly CaseTask[]): TaskSnapshot {
  const parents = task.parents.map((p) => all[p]?.name ?? '');
  const sets = (of: CaseTask): { name: string; bytes: number }[] =>
    of.children.map((c) => ({
      name: `${of.name}-${all[c]?.name ?? ''}`,
      bytes: all[c]?.parentBytes[all[c].parents.indexOf(all.indexOf(of))] ?? 0,
    }));
  return {
    name: task.name,
    demand: { ...ZERO, cpu: 1 },
    durationSeconds: task.work,
    dependencies: parents,
    nodeSelector: {},
    tolerations: [],
    inputs: task.parents.map((p, k) => ({
      name: `${all[p]?.name ?? ''}-${task.name}`,
      bytes: task.parentBytes[k] ?? 0,
    })),
    outputs: sets(task),
    state: 'Pending',
    bound: false,
    excludedNodes: [],
  };
}

export function snapshotOf(tasks: readonly CaseTask[], nodes: number): Snapshot {
  return {
    now: NOW,
    sharing: 'Proportional',
    nodes: Array.from({ length: nodes }, (_, j) => nodeOf(j)),
    workflows: [
      {
        namespace: 'bench',
        name: 'classic',
        priority: 0,
        creationTime: NOW,
        contentionCeiling: 1,
        slack: 0,
        runningTasks: 'Keep',
        tasks: tasks.map((task) => taskOf(task, tasks)),
      },
    ],
  };
}
