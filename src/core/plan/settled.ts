/**
 * The part of a plan that is settled before planning: what is done, what runs, and what is bound to its node.
 * It fills the skylines first, and everything else is planned around it.
 */
import { Ledger, type PlacedTask } from './ledger.ts';
import { runTime } from './planned-node.ts';
import type { PlannedTask, Problem } from './problem.ts';
import { earliestRelease } from './release.ts';
import { ceilToSecond } from './skyline.ts';

/** A task that is over its time still takes its node, and is not expected to end this very moment. */
const OVERDUE_MILLISECONDS = 120_000;

export function settle(problem: Problem): Ledger {
  const ledger = Ledger.empty(problem);
  const inOrder = problem.workflows.flatMap((w) => w.dag.order.flatMap((i) => w.tasks[i] ?? []));
  for (const task of problem.workflows.flatMap((w) => w.tasks)) settleStarted(problem, ledger, task);
  for (const task of inOrder) {
    const { workflow, progress } = task;
    const dependencies = workflow.dag.dependencies[task.index] ?? [];
    const released = dependencies.every((d) => {
      const dependency = workflow.tasks[d];
      return dependency !== undefined && ledger.of(dependency) !== undefined;
    });
    if (progress === 'Bound' && released) ledger.place(task, keepBound(problem, ledger, task));
  }
  return ledger;
}

function settleStarted(problem: Problem, ledger: Ledger, task: PlannedTask): void {
  const { state, node: name, startTime, completionTime, durationSeconds } = task.snapshot;
  if (name === undefined) return;
  const { now } = problem;
  const node = problem.nodesByName.get(name);
  const duration = runTime(durationSeconds, node?.speed ?? 1);
  const kept = { nodeName: name, node, reason: 'Kept', alternatives: [] } as const;
  switch (state) {
    case 'Succeeded':
    case 'Failed': {
      const end = completionTime ?? now;
      ledger.note(task, { ...kept, start: Math.min(startTime ?? end, end), end });
      return;
    }
    case 'Running': {
      const start = startTime ?? now;
      const end = Math.max(now, start + duration);
      ledger.place(task, { ...kept, start, end }, Math.max(end, now + OVERDUE_MILLISECONDS));
      return;
    }
    case 'Starting': {
      // Its pod may take a while yet: the run has still to come, whenever it was to begin.
      const start = startTime ?? now;
      ledger.place(task, { ...kept, start, end: Math.max(now, start) + duration });
      return;
    }
    case 'Pending':
    case 'Omitted':
  }
}

/**
 * The node stays, and the start where it can: later where dependencies, other tasks or the clock have overtaken
 * it. A task that its node cannot hold at all is shown at its own time, for the resharder to find.
 */
export function keepBound(problem: Problem, ledger: Ledger, task: PlannedTask): PlacedTask {
  const name = task.snapshot.node ?? '';
  const node = problem.nodesByName.get(name);
  const kept = { nodeName: name, node, reason: 'Kept', alternatives: [] } as const;
  const duration = runTime(task.snapshot.durationSeconds, node?.speed ?? 1);
  const endpoint = node ?? { name, bandwidth: 0 };
  const wanted = Math.max(task.snapshot.startTime ?? 0, earliestRelease(problem, ledger, task, endpoint));
  const fitting = node === undefined ? Infinity : ledger.earliestStart(task, node, wanted, duration);
  const start = fitting === Infinity ? ceilToSecond(wanted) : fitting;
  return { ...kept, start, end: start + duration };
}
