/** Nodes, tasks and workflows for tests of the cores: each states only what the test is about. */
import type {
  Availability,
  NodeSnapshot,
  Snapshot,
  TaskSnapshot,
  WorkflowSnapshot,
} from '../../../src/core/plan/snapshot.ts';
import type { PodRule } from '../../../src/core/placement/types.ts';
import { RESOURCES, ZERO, type ResourceVector } from '../../../src/core/resources.ts';

export const NOW = Date.parse('2026-03-02T12:00:00Z');
export const SECOND = 1000;
export const HOUR = 3_600_000;
export const GIB = 1024 ** 3;

export function amounts(of: Partial<ResourceVector>): ResourceVector {
  return { ...ZERO, ...of };
}

/** Quantiles that are the same in every step. */
export function steady(values: readonly number[], levels: readonly number[] = [0.1, 0.5, 0.9]): Availability {
  return { startTime: NOW, stepSeconds: 300, steps: 1, levels, values: Float64Array.from(values) };
}

/** One row of quantiles a step. */
export function stepwise(
  rows: readonly (readonly number[])[],
  levels: readonly number[] = [0.1, 0.5, 0.9],
  stepSeconds = 300,
): Availability {
  return { startTime: NOW, stepSeconds, steps: rows.length, levels, values: Float64Array.from(rows.flat()) };
}

/** A ready node of 8 cores and 32 GiB, all of it free for certain. */
export function node(name: string, of: Partial<NodeSnapshot> = {}): NodeSnapshot {
  const capacity = of.capacity ?? amounts({ cpu: 8, memory: 32 * GIB, network: 1e9 });
  return {
    name,
    labels: {},
    taints: [],
    schedulable: true,
    capacity,
    requested: ZERO,
    podSlots: 110,
    speed: 1,
    bandwidth: 1e9,
    availability: Object.fromEntries(
      RESOURCES.map((r) => [r, steady([capacity[r], capacity[r], capacity[r]])]),
    ),
    forecastStale: false,
    ...of,
  };
}

/** A pending task of one core, 1 GiB and ten minutes. */
export function task(name: string, of: Partial<TaskSnapshot> = {}): TaskSnapshot {
  return {
    name,
    demand: amounts({ cpu: 1, memory: GIB }),
    durationSeconds: 600,
    dependencies: [],
    nodeSelector: {},
    tolerations: [],
    inputs: [],
    outputs: [],
    state: 'Pending',
    bound: false,
    excludedNodes: [],
    ...of,
  };
}

export function workflow(
  name: string,
  tasks: readonly TaskSnapshot[],
  of: Partial<WorkflowSnapshot> = {},
): WorkflowSnapshot {
  return {
    namespace: 'default',
    name,
    tasks,
    priority: 0,
    creationTime: NOW,
    contentionCeiling: 0.2,
    slack: 0.1,
    runningTasks: 'Keep',
    ...of,
  };
}

export function snapshot(
  nodes: readonly NodeSnapshot[],
  workflows: readonly WorkflowSnapshot[],
  of: Partial<Snapshot> = {},
): Snapshot {
  return { now: NOW, nodes, workflows, sharing: 'Proportional', ...of };
}

/** Of pods with the label app=train, over the label zone; of a spread, as a Pod's constraint has it by default. */
export function podRule(kind: PodRule['kind'], of: Partial<PodRule> = {}): PodRule {
  return {
    kind,
    topologyKey: 'zone',
    selector: { matchLabels: { app: 'train' } },
    of: 'tasks of template train',
    maxSkew: 1,
    minDomains: 1,
    honorsNodeAffinity: true,
    honorsTaints: false,
    ...of,
  };
}
