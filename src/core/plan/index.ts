/**
 * The planner: `planWorkflows` turns a snapshot of the cluster and all its workflows into one plan for each
 * workflow. Pure and deterministic: the same snapshot gives the same plans, byte for byte, in whatever order its
 * nodes are listed.
 */
import { RollingPlanner } from './rolling.ts';
import type { Snapshot, WorkflowPlan } from './snapshot.ts';

export { ScoreCalibration } from './calibration.ts';
export { shortfallProbability } from './contention.ts';
export { BIND_AHEAD_MILLISECONDS } from './publish.ts';
export { DEFAULT_POLICY, POLICIES, type Policy } from './policy.ts';
export { RollingPlanner, type PlannerOptions } from './rolling.ts';

/** One plan for each workflow, in the order of the snapshot's workflows. What has started stays where it is. */
export function planWorkflows(snapshot: Snapshot): WorkflowPlan[] {
  return new RollingPlanner({ rescue: false }).plan(snapshot);
}
