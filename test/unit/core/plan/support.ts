/** Plans of one workflow, and looking things up in them. */
import { planWorkflows } from '../../../../src/core/plan/index.ts';
import type {
  Assignment,
  NodeSnapshot,
  Snapshot,
  TaskSnapshot,
  WorkflowPlan,
  WorkflowSnapshot,
} from '../../../../src/core/plan/snapshot.ts';
import { amounts, node, NOW, SECOND, snapshot, steady, workflow } from '../builders.ts';

export const MINUTE = 60 * SECOND;

export function plan(
  nodes: readonly NodeSnapshot[],
  tasks: readonly TaskSnapshot[],
  of: Partial<WorkflowSnapshot> = {},
  world: Partial<Snapshot> = {},
): WorkflowPlan {
  return planWorkflows(snapshot(nodes, [workflow('w', tasks, of)], world))[0]!;
}

export function find(of: WorkflowPlan, name: string): Assignment {
  const found = of.assignments.find((a) => a.task === name);
  if (found === undefined) throw new Error(`no assignment for ${name}`);
  return found;
}

/** In minutes from now. */
export const window = ({ startTime, endTime }: Assignment): [number, number] => [
  (startTime - NOW) / MINUTE,
  (endTime - NOW) / MINUTE,
];
/** A node whose CPU is short with this probability for a task of one core. */
export const contended = (name: string, probability: number, of: Partial<NodeSnapshot> = {}): NodeSnapshot =>
  node(name, {
    availability: { ...node(name).availability, cpu: steady([0.9, 1, 8], [0, probability, 1]) },
    ...of,
  });
export const whole = { demand: amounts({ cpu: 8 }) };
