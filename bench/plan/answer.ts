/** Answers of others than the planner: where tasks are and from when on, and nothing of what is to be expected. */
import type { Assignment, WorkflowPlan, WorkflowSnapshot } from '../../src/core/plan/snapshot.ts';

export function assigned(of: Omit<Assignment, 'contention' | 'alternatives'>): Assignment {
  return { ...of, contention: 0, alternatives: [] };
}

export function answerOf(
  { namespace, name }: Pick<WorkflowSnapshot, 'namespace' | 'name'>,
  assignments: readonly Assignment[],
): WorkflowPlan {
  return { namespace, name, assignments, unplaceable: [], predictedCompletionTime: undefined, contention: 0 };
}
