/**
 * The planner: `planWorkflows` turns a snapshot of the cluster and all its workflows into one plan for each
 * workflow. Pure and deterministic: the same snapshot gives the same plans, byte for byte, in whatever order its
 * nodes are listed.
 */
import type { Ledger, PlacedTask } from './ledger.ts';
import { buildProblem, type PlannedTask, type PlannedWorkflow, type Problem } from './problem.ts';
import { schedule } from './schedule.ts';
import type { Assignment, Snapshot, WorkflowPlan } from './snapshot.ts';
import { WindowScores } from './window-scores.ts';

export { shortfallProbability } from './contention.ts';

/** A task whose start is so near is bound: its Job must be made now to start then. */
export const BIND_AHEAD_MILLISECONDS = 60_000;

/** One plan for each workflow, in the order of the snapshot's workflows. */
export function planWorkflows(snapshot: Snapshot): WorkflowPlan[] {
  const problem = buildProblem(snapshot);
  const ledger = schedule(problem);
  const plans = new Map(problem.workflows.map((w) => [w.snapshot, planOf(problem, ledger, w)]));
  return snapshot.workflows.flatMap((w) => plans.get(w) ?? []);
}

function planOf(problem: Problem, ledger: Ledger, workflow: PlannedWorkflow): WorkflowPlan {
  const scores = new WindowScores(problem.snapshot.sharing);
  const assignments: Assignment[] = [];
  let runTime = 0;
  let contended = 0;
  let completion: number | undefined;
  for (const task of workflow.tasks) {
    const placed = ledger.of(task);
    if (placed === undefined) continue;
    const contention = contentionOf(problem, ledger, scores, task, placed);
    assignments.push({
      task: task.snapshot.name,
      node: placed.nodeName,
      startTime: placed.start,
      endTime: placed.end,
      contention,
      binding: isBound(problem, task, placed) ? 'Bound' : 'Provisional',
      reason: placed.reason,
      alternatives: placed.alternatives,
    });
    completion = Math.max(completion ?? placed.end, placed.end);
    const left = Math.max(0, placed.end - Math.max(problem.now, placed.start));
    runTime += left;
    contended += left * contention;
  }
  const unplaceable = [...workflow.misfits].map(([i, { permanent, message }]) => ({
    task: workflow.snapshot.tasks[i]?.name ?? '',
    permanent,
    message,
  }));
  return {
    namespace: workflow.snapshot.namespace,
    name: workflow.snapshot.name,
    assignments,
    unplaceable,
    predictedCompletionTime: unplaceable.length > 0 ? undefined : completion,
    contention: runTime > 0 ? contended / runTime : 0,
  };
}

/** Of what is still to run, with everything that is planned: what comes to a node later counts for those already there. */
function contentionOf(
  problem: Problem,
  ledger: Ledger,
  scores: WindowScores,
  task: PlannedTask,
  { node, start, end }: PlacedTask,
): number {
  const from = Math.max(problem.now, start);
  if (node === undefined || end <= from) return 0;
  scores.fill(node, ledger.skyline(node), task.demand, from, end, true);
  return scores.between(from, end).contention;
}

function isBound(problem: Problem, task: PlannedTask, placed: PlacedTask): boolean {
  if (task.progress !== 'Open') return true;
  return task.ready && placed.start <= problem.now + BIND_AHEAD_MILLISECONDS;
}
