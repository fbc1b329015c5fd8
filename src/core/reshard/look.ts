/**
 * The planner as the operator runs it: one `RollingPlanner` that is kept from one look at the cluster to the next, as
 * `foreshard plan --session` keeps one from event to event.
 *
 * Each look is answered twice. `rolling` is what the session would answer: everything that is not bound yet is planned
 * freely, ready tasks first. `kept` is the plan in force, timed and scored by the newest forecasts: every task on its
 * node. What is bound follows the first, what is published ahead the second (decide.ts).
 */
import { DEFAULT_POLICY, planWorkflows, RollingPlanner, ScoreCalibration } from '../plan/index.ts';
import type { Snapshot, TaskSnapshot, WorkflowPlan, WorkflowSnapshot } from '../plan/snapshot.ts';

export interface WorkflowId {
  readonly namespace: string;
  readonly name: string;
}

/** A task that may be given another node. */
export interface Freed {
  readonly task: string;
  /** Not this one: it could not be started there. */
  readonly excludedNode: string | undefined;
}

/** The cluster with every task on its node in force. */
export interface View {
  readonly snapshot: Snapshot;
  /** For each of the snapshot's workflows: tasks whose node in force is provisional, and may change until they are bound. */
  readonly provisional: readonly (readonly Freed[])[];
}

/** One plan for each workflow, in the order of the snapshot's. */
export interface Looked {
  readonly kept: readonly WorkflowPlan[];
  readonly rolling: readonly WorkflowPlan[];
}

export class LivePlanner {
  /** Taught by the one, and used by both. */
  readonly #calibration = new ScoreCalibration();
  readonly #rolling = new RollingPlanner({ rescue: true, calibration: this.#calibration });
  /** Its reasons are nobody's to read: everything is where it was. */
  readonly #kept = new RollingPlanner({
    rescue: false,
    policies: [DEFAULT_POLICY],
    explain: false,
    calibration: this.#calibration,
    learn: false,
  });

  look({ snapshot, provisional }: View): Looked {
    const workflows = snapshot.workflows.map((w, i) => opened(w, provisional[i] ?? []));
    return {
      kept: this.#kept.plan(snapshot),
      rolling: this.#rolling.plan({ ...snapshot, workflows }),
    };
  }
}

/** Where tasks go that must leave their nodes, everything else staying on its own: worth a search of its own. */
export function place(
  snapshot: Snapshot,
  workflow: WorkflowId,
  leaving: readonly Freed[],
): WorkflowPlan | undefined {
  const workflows = snapshot.workflows.map((w) => (isSame(w, workflow) ? opened(w, leaving) : w));
  return planIn(workflow, planWorkflows({ ...snapshot, workflows }));
}

export function planIn(workflow: WorkflowId, plans: readonly WorkflowPlan[]): WorkflowPlan | undefined {
  return plans.find((p) => isSame(p, workflow));
}

function isSame(a: WorkflowId, b: WorkflowId): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}

/** With tasks planned as if they had no node yet. */
function opened(workflow: WorkflowSnapshot, freed: readonly Freed[]): WorkflowSnapshot {
  if (freed.length === 0) return workflow;
  const byName = new Map(freed.map((f) => [f.task, f]));
  const open = (task: TaskSnapshot): TaskSnapshot => {
    const of = byName.get(task.name);
    if (of === undefined) return task;
    const excludedNodes =
      of.excludedNode === undefined ? task.excludedNodes : [...task.excludedNodes, of.excludedNode];
    return { ...task, state: 'Pending', bound: false, node: undefined, startTime: undefined, excludedNodes };
  };
  return { ...workflow, tasks: workflow.tasks.map(open) };
}
