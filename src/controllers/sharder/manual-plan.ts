/** What can be wrong with a ShardPlan that people wrote. */
import type { ShardPlan } from '../../api/types.generated.ts';
import { isObserved } from '../../core/plan/in-force.ts';
import type { ResolvedTask } from '../../core/workflow/index.ts';

/** The first problem, with the way out; undefined when the plan can be used. */
export function checkManualPlan(
  plan: ShardPlan,
  tasks: readonly ResolvedTask[],
  nodes: { has(name: string): boolean },
): string | undefined {
  const known = new Set(tasks.map((t) => t.name));
  const planned = new Set<string>();
  for (const [i, { task, node }] of plan.spec.assignments.entries()) {
    const field = `ShardPlan ${plan.metadata.name ?? ''}: spec.assignments[${i}]`;
    if (!known.has(task)) return `${field}.task: the workflow has no task ${task}: remove the assignment`;
    // Once the plan is in force, a node that goes is the resharder's to deal with.
    if (!isObserved(plan) && !nodes.has(node))
      return `${field}.node: there is no node ${node}: name one of the cluster's`;
    planned.add(task);
  }
  const missing = tasks.find((t) => !planned.has(t.name));
  if (missing === undefined) return undefined;
  return `ShardPlan ${plan.metadata.name ?? ''}: spec.assignments: task ${missing.name} has no assignment: add one, or set spec.planning.mode: Auto`;
}
