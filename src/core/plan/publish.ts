/** A rollout as plans: what each workflow's tasks are told, and why. */
import { DONE } from './board.ts';
import type { Option } from './choice.ts';
import type { PlannedTask, PlannedWorkflow, Problem } from './problem.ts';
import type { Course } from './course.ts';
import type { Explanations, Rollout } from './rollout.ts';
import type { Alternative, Assignment, AssignmentReason, WorkflowPlan } from './snapshot.ts';

/** A task whose start is so near is bound: its Job must be made now to start then. */
export const BIND_AHEAD_MILLISECONDS = 60_000;

const ALTERNATIVES = 3;
const KEPT = { reason: 'Kept', alternatives: [] } as const;
/** Tiers (choice.ts). */
const OVER_CEILING = 2;
const NO_FORECAST = 1;

export interface Published {
  readonly problem: Problem;
  readonly course: Course;
  /** After the run that is published. */
  readonly rollout: Rollout;
  readonly explanations: Explanations;
  /** It follows a plan ahead. */
  readonly isAhead: boolean;
}

/** One plan for each workflow, in the order of the snapshot's workflows. */
export function publish(of: Published): WorkflowPlan[] {
  const plans = new Map<object, WorkflowPlan>();
  let first = 0;
  for (const workflow of of.problem.workflows) {
    plans.set(workflow.snapshot, planOf(of, workflow, first));
    first += workflow.tasks.length;
  }
  return of.problem.snapshot.workflows.flatMap((w) => plans.get(w) ?? []);
}

function planOf(of: Published, workflow: PlannedWorkflow, first: number): WorkflowPlan {
  const { now } = of.problem;
  const assignments: Assignment[] = [];
  let runTime = 0;
  let contended = 0;
  let completion: number | undefined;
  for (const task of workflow.tasks) {
    const index = first + task.index;
    const assignment = assignmentOf(of, task, index);
    if (assignment === undefined) continue;
    assignments.push(assignment);
    const { startTime, endTime, contention } = assignment;
    completion = Math.max(completion ?? endTime, endTime);
    const left = Math.max(0, endTime - Math.max(now, startTime));
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

function assignmentOf(of: Published, task: PlannedTask, index: number): Assignment | undefined {
  const { board } = of.rollout;
  const { problem, course } = of;
  if (board.state[index] !== DONE) return failedRun(task);
  const start = board.start[index] ?? 0;
  const end = board.end[index] ?? 0;
  const seconds = end - Math.max(0, start);
  const contention = seconds > 0 ? Math.min(1, (board.contended[index] ?? 0) / seconds) : 0;
  const node = board.node[index] ?? course.columns.nowhere;
  // Windows are cut to milliseconds from within, so that no rounding makes two of them overlap.
  const startTime = problem.now + Math.ceil(start * 1000 - 1e-6);
  const isDone = task.progress === 'Done';
  return {
    task: task.snapshot.name,
    node: nodeName(problem, task, node),
    startTime,
    endTime: Math.max(startTime, problem.now + Math.floor(end * 1000 + 1e-6)),
    contention: isDone ? 0 : contention,
    binding: isBound(problem, task, startTime) ? 'Bound' : 'Provisional',
    ...(task.progress === 'Open' ? explained(of, index, node, contention) : KEPT),
  };
}

/** One that failed for good keeps its place in the plan. */
function failedRun({ snapshot }: PlannedTask): Assignment | undefined {
  if (snapshot.state !== 'Failed' || snapshot.node === undefined || snapshot.completionTime === undefined)
    return undefined;
  return {
    task: snapshot.name,
    node: snapshot.node,
    startTime: Math.min(snapshot.startTime ?? snapshot.completionTime, snapshot.completionTime),
    endTime: snapshot.completionTime,
    contention: 0,
    binding: 'Bound',
    reason: 'Kept',
    alternatives: [],
  };
}

function nodeName(problem: Problem, task: PlannedTask, node: number): string {
  // Of a task that stands nowhere, the name of the node that is gone.
  return problem.nodes[node]?.name ?? task.snapshot.node ?? '';
}

function isBound(problem: Problem, task: PlannedTask, startTime: number): boolean {
  if (task.progress !== 'Open') return true;
  return task.ready && startTime <= problem.now + BIND_AHEAD_MILLISECONDS;
}

function explained(
  { problem, course, rollout, explanations, isAhead }: Published,
  index: number,
  node: number,
  contention: number,
): { reason: AssignmentReason; alternatives: readonly Alternative[] } {
  const { options, soonestEnd } = explanations.get(index) ?? { options: [], soonestEnd: Infinity };
  // Of nodes that are alike the emptiest is taken, and may not be among those that are listed.
  const chosen = options.find((o) => o.node === node) ?? options[0];
  // No node was good enough, and it was put on one that is merely free.
  if (chosen === undefined) return { reason: 'OverCeiling', alternatives: [] };
  const candidates = course.columns.groups[course.columns.group[index] ?? 0]?.candidates.length ?? 0;
  const ceiling = course.ceilings[course.columns.workflow[index] ?? 0] ?? 1;
  const others = options.filter((o) => o.node !== node);
  const isSoonest = (isAhead ? (rollout.board.end[index] ?? 0) : chosen.end) <= soonestEnd + 1e-6;
  const otherwise = isAhead ? 'ShortestMakespan' : 'LeastContention';
  return {
    reason:
      contention > ceiling + 1e-9
        ? 'OverCeiling'
        : (constraintOf(chosen, candidates) ?? (isSoonest ? 'EarliestFinish' : otherwise)),
    alternatives: others.slice(0, ALTERNATIVES).map((o) => ({
      node: problem.nodes[o.node]?.name ?? '',
      endTime: problem.now + Math.round(o.end * 1000),
      contention: o.contention,
    })),
  };
}

/** Was there no choice? */
function constraintOf(chosen: Option, candidates: number): AssignmentReason | undefined {
  if (chosen.tier === OVER_CEILING) return 'OverCeiling';
  if (chosen.tier === NO_FORECAST) return 'NoForecast';
  return candidates === 1 ? 'OnlyNode' : undefined;
}
