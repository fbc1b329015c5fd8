/**
 * The plan in force: a ShardPlan's spec, which is its first answer, overlaid by what its status has put in
 * force since. A status that speaks of an older spec says nothing of this one.
 */
import { parseTime } from '../../api/times.ts';
import type { ShardPlan, TaskAssignment } from '../../api/types.generated.ts';

export interface InForce {
  readonly task: string;
  readonly node: string;
  /** Not before; milliseconds since the epoch. A Manual plan may leave the window open. */
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  /** 0..1. */
  readonly contention: number;
  readonly binding: 'Bound' | 'Provisional';
}

/** By task, in the order of the spec. */
export function planInForce(plan: ShardPlan): Map<string, InForce> {
  const assignments = new Map(plan.spec.assignments.map((a) => [a.task, fromApi(a)]));
  if (!isObserved(plan)) return assignments;
  for (const a of plan.status?.assignments ?? []) assignments.set(a.task, fromApi(a));
  return assignments;
}

/** Has the status caught up with the spec? Nothing is started by a plan of which this is not so. */
export function isObserved(plan: ShardPlan): boolean {
  return plan.status?.observedGeneration === plan.metadata.generation;
}

function fromApi(a: TaskAssignment): InForce {
  return {
    task: a.task,
    node: a.node,
    startTime: parseTime(a.startTime),
    endTime: parseTime(a.endTime),
    contention: (a.contentionPermille ?? 0) / 1000,
    binding: a.binding ?? 'Provisional',
  };
}
