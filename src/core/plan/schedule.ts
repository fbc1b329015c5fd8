/**
 * List scheduling in two passes. Tasks are taken by their workflow's priority and then by upward rank, those that
 * are ready before those that are not (late binding: what is not released yet must not hold a place that a task
 * could use now).
 *
 * The first pass ends every task as early as it can and so finds the shortest completion of each workflow. The
 * second pass gives each task the least contention that lets its successors start no later than in the first
 * pass, stretched by the workflow's slack; so only critical tasks trade contention for time. A workflow that
 * overruns its slack in the second pass (its tasks got in each other's way) is planned as in the first.
 */
import { choose, type Aim } from './choose.ts';
import type { Ledger } from './ledger.ts';
import type { PlannedTask, PlannedWorkflow, Problem } from './problem.ts';
import { keepBound, settle } from './settled.ts';
import { transferTime } from './transfer.ts';
import { WindowScores } from './window-scores.ts';

type LatestEnds = ReadonlyMap<PlannedTask, number>;

/** A second of rounding is no overrun. */
const ROUNDING = 1000;

export function schedule(problem: Problem): Ledger {
  const settled = settle(problem);
  const tasks = inOrder(problem);
  const quick = pass(problem, settled.clone(), tasks, new Map(), false);
  const latest = latestEnds(problem, quick);
  const relaxed = pass(problem, settled.clone(), tasks, latest, true);

  const overrun = new Set(
    problem.workflows.filter((w) => {
      const allowed = stretched(problem.now, completionOf(w, quick), w.snapshot.slack);
      return completionOf(w, relaxed) > allowed + ROUNDING;
    }),
  );
  if (overrun.size === 0) return relaxed;
  const kept = new Map([...latest].filter(([task]) => !overrun.has(task.workflow)));
  return pass(problem, settled, tasks, kept, true);
}

/** The order of decisions. Ranks never rise along an edge, so that dependencies come first. */
function inOrder(problem: Problem): PlannedTask[] {
  const byRank = problem.workflows.flatMap((w) =>
    w.tasks.toSorted((a, b) => b.rank - a.rank || a.position - b.position),
  );
  return [...byRank.filter((t) => t.ready), ...byRank.filter((t) => !t.ready)];
}

function pass(
  problem: Problem,
  ledger: Ledger,
  tasks: readonly PlannedTask[],
  latest: LatestEnds,
  alternatives: boolean,
): Ledger {
  const scores = new WindowScores(problem.snapshot.sharing);
  for (const task of tasks) {
    if (ledger.of(task) !== undefined) continue;
    if (task.progress === 'Bound') {
      ledger.place(task, keepBound(problem, ledger, task));
    } else if (task.progress === 'Open') {
      const aim: Aim = { latestEnd: latest.get(task), alternatives };
      const placed = choose(problem, ledger, scores, task, aim);
      if (placed !== undefined) ledger.place(task, placed);
    }
  }
  return ledger;
}

/** By when each task must end for its workflow to keep its slack, seen from the first pass. */
function latestEnds(problem: Problem, quick: Ledger): LatestEnds {
  const latest = new Map<PlannedTask, number>();
  for (const workflow of problem.workflows) {
    const { dag, tasks, snapshot } = workflow;
    const completion = completionOf(workflow, quick);
    for (const task of tasks) {
      if (task.progress !== 'Open') continue;
      let end = stretched(problem.now, completion, snapshot.slack);
      for (const d of dag.dependents[task.index] ?? []) {
        const dependent = tasks[d];
        if (dependent === undefined) continue;
        const start = quick.of(dependent)?.start;
        if (start === undefined) continue;
        const transfer = transferBetween(task, dependent, quick);
        end = Math.min(end, stretched(problem.now, start, snapshot.slack) - transfer);
      }
      latest.set(task, end);
    }
  }
  return latest;
}

function transferBetween(task: PlannedTask, dependent: PlannedTask, ledger: Ledger): number {
  const { dag } = task.workflow;
  const from = ledger.of(task)?.node;
  const to = ledger.of(dependent)?.node;
  const edge = dag.dependencies[dependent.index]?.indexOf(task.index) ?? -1;
  const bytes = dag.inputBytes[dependent.index]?.[edge] ?? 0;
  return from === undefined || to === undefined ? 0 : transferTime(bytes, from, to);
}

function completionOf(workflow: PlannedWorkflow, ledger: Ledger): number {
  return workflow.tasks.reduce((last, task) => Math.max(last, ledger.of(task)?.end ?? 0), 0);
}

/** What is left until `time` may take `slack` longer. */
function stretched(now: number, time: number, slack: number): number {
  return time <= now ? time : now + (time - now) * (1 + Math.max(0, slack));
}
