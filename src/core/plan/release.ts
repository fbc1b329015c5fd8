/** When a task could start on a node at the earliest, room left aside: dependencies, transfers, `notBeforeTime`. */
import type { Ledger } from './ledger.ts';
import type { PlannedTask, Problem } from './problem.ts';
import { transferTime, type Endpoint } from './transfer.ts';

/** Its dependencies must be placed already. */
export function earliestRelease(problem: Problem, ledger: Ledger, task: PlannedTask, node: Endpoint): number {
  const { workflow } = task;
  const { dag } = workflow;
  let release = Math.max(problem.now, workflow.snapshot.notBeforeTime ?? 0);
  dag.dependencies[task.index]?.forEach((d, k) => {
    const dependency = workflow.tasks[d];
    const placed = dependency === undefined ? undefined : ledger.of(dependency);
    if (placed === undefined) return;
    const from = placed.node ?? { name: placed.nodeName, bandwidth: 0 };
    const transfer = transferTime(dag.inputBytes[task.index]?.[k] ?? 0, from, node);
    release = Math.max(release, placed.end + transfer);
  });
  return release;
}

/** Since when (or from when) the task could have started, transfers left aside: its waiting is counted from here. */
export function readySince(ledger: Ledger, task: PlannedTask): number {
  const { workflow } = task;
  let since = Math.max(workflow.snapshot.creationTime, workflow.snapshot.notBeforeTime ?? 0);
  for (const d of workflow.dag.dependencies[task.index] ?? []) {
    const dependency = workflow.tasks[d];
    const placed = dependency === undefined ? undefined : ledger.of(dependency);
    if (placed !== undefined) since = Math.max(since, placed.end);
  }
  return since;
}
