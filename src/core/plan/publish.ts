/** Windows as plans: what each workflow's tasks are told, and why. */
import type { PlannedTask, PlannedWorkflow, Problem } from './problem.ts';
import type { Course } from './course.ts';
import type { Explanations } from './explanations.ts';
import type { Option } from './options.ts';
import type { Windows } from './incremental/windows.ts';
import type { ScoreCalibration } from './calibration.ts';
import { NO_FORECAST, OVER_CEILING } from './tiers.ts';
import type { Alternative, Assignment, AssignmentReason, WorkflowPlan } from './snapshot.ts';

/** A task whose start is so near is bound: its Job must be made now to start then. */
export const BIND_AHEAD_MILLISECONDS = 60_000;

const ALTERNATIVES = 3;
const KEPT = { reason: 'Kept', alternatives: [] } as const;

export interface Published {
  readonly problem: Problem;
  readonly course: Course;
  /** Milliseconds: that from which the windows' times count. */
  readonly origin: number;
  readonly windows: Windows;
  readonly explanations: Explanations;
  /** It follows a plan ahead. */
  readonly isAhead: boolean;
}

/** As above, and how scores are corrected. */
export interface Scored extends Published {
  readonly calibration: ScoreCalibration;
}

/** What was published last: where nothing has changed, its assignments are given again. */
export interface Before {
  readonly of: Published;
  /** By position of the task. */
  readonly assignments: readonly (Assignment | undefined)[];
}

/** One plan for each workflow, in the order of the snapshot's workflows. */
export function publish(
  of: Scored,
  before?: Before,
): { plans: WorkflowPlan[]; assignments: Before['assignments'] } {
  // Mended, and not made anew: tasks are where they were in the columns.
  const known = before?.of.course.columns.position === of.course.columns.position ? before : undefined;
  const assignments: (Assignment | undefined)[] = [];
  const plans = new Map<object, WorkflowPlan>();
  for (const workflow of of.problem.workflows) {
    const { first, tasks } = workflow;
    for (const task of tasks) {
      const index = first + task.index;
      assignments.push(unchanged(of, task, index, known) ?? assignmentOf(of, task, index));
    }
    plans.set(workflow.snapshot, planOf(of, workflow, assignments.slice(first)));
  }
  return { plans: of.problem.snapshot.workflows.flatMap((w) => plans.get(w) ?? []), assignments };
}

/** What was published of a task, where that holds still. */
function unchanged(
  { problem, windows }: Published,
  task: PlannedTask,
  i: number,
  before: Before | undefined,
): Assignment | undefined {
  const known = before?.assignments[i];
  if (before === undefined || known === undefined || windows.isPlaced[i] !== 1) return undefined;
  const old = before.of.windows;
  const isSame =
    before.of.course.columns.tasks[i]?.progress === task.progress &&
    windows.start[i] === old.start[i] &&
    windows.end[i] === old.end[i] &&
    windows.node[i] === old.node[i] &&
    windows.contended[i] === old.contended[i] &&
    (known.binding === 'Bound') === isBound(problem, task, known.startTime);
  return isSame ? known : undefined;
}

function planOf(
  of: Published,
  workflow: PlannedWorkflow,
  own: readonly (Assignment | undefined)[],
): WorkflowPlan {
  const { now } = of.problem;
  const assignments: Assignment[] = [];
  let runTime = 0;
  let contended = 0;
  let completion: number | undefined;
  for (const assignment of own) {
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

/** The contention score of a window (contention.ts), before it is calibrated. */
export function scoreOf({ start, end, contended }: Windows, index: number): number {
  const seconds = (end[index] ?? 0) - Math.max(0, start[index] ?? 0);
  return seconds > 0 ? Math.min(1, (contended[index] ?? 0) / seconds) : 0;
}

function assignmentOf(of: Scored, task: PlannedTask, index: number): Assignment | undefined {
  const { problem, course, origin, windows } = of;
  if (windows.isPlaced[index] !== 1) return failedRun(task);
  const end = windows.end[index] ?? 0;
  const contention = of.calibration.apply(scoreOf(windows, index));
  const node = windows.node[index] ?? course.columns.nowhere;
  // Windows are cut to milliseconds from within, so that no rounding makes two of them overlap.
  const startTime = origin + Math.ceil((windows.start[index] ?? 0) * 1000 - 1e-6);
  const isDone = task.progress === 'Done';
  return {
    task: task.snapshot.name,
    node: nodeName(problem, task, node),
    startTime,
    endTime: Math.max(startTime, origin + Math.floor(end * 1000 + 1e-6)),
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
  { problem, course, origin, windows, explanations, isAhead, calibration }: Scored,
  index: number,
  node: number,
  contention: number,
): { reason: AssignmentReason; alternatives: readonly Alternative[] } {
  const options = explanations.of(index);
  const soonestEnd = explanations.soonestEnd[index] ?? Infinity;
  // Of nodes that are alike the emptiest is taken, and may not be among those that are listed.
  const chosen = options.find((o) => o.node === node) ?? options[0];
  // No node was good enough, and it was put on one that is merely free.
  if (chosen === undefined) return { reason: 'OverCeiling', alternatives: [] };
  const candidates = course.columns.groups[course.columns.group[index] ?? 0]?.candidates.length ?? 0;
  const ceiling = course.ceilings[course.columns.workflow[index] ?? 0] ?? 1;
  const others = options.filter((o) => o.node !== node);
  const isSoonest = (isAhead ? (windows.end[index] ?? 0) : chosen.end) <= soonestEnd + 1e-6;
  const otherwise = isAhead ? 'ShortestMakespan' : 'LeastContention';
  return {
    reason:
      contention > ceiling + 1e-9
        ? 'OverCeiling'
        : (constraintOf(chosen, candidates) ?? (isSoonest ? 'EarliestFinish' : otherwise)),
    alternatives: others.slice(0, ALTERNATIVES).map((o) => ({
      node: problem.nodes[o.node]?.name ?? '',
      endTime: origin + Math.round(o.end * 1000),
      contention: calibration.apply(o.contention),
    })),
  };
}

/** Was there no choice? */
function constraintOf(chosen: Option, candidates: number): AssignmentReason | undefined {
  if (chosen.tier === OVER_CEILING) return 'OverCeiling';
  if (chosen.tier === NO_FORECAST) return 'NoForecast';
  return candidates === 1 ? 'OnlyNode' : undefined;
}
