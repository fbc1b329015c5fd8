/** A Workflow as the planner sees it. */
import type { TaskAssignment, TaskStatus, Workflow } from '../../api/types.generated.ts';
import type { InForce } from '../../core/plan/in-force.ts';
import type { TaskSnapshot, WorkflowSnapshot } from '../../core/plan/snapshot.ts';
import type { ResolvedTask } from '../../core/workflow/index.ts';
import { taskStanding } from '../../core/reshard/facts.ts';
import type { LearnedTasks } from './learning.ts';

/** The workflow as its spec says that it is to be planned, with its tasks where they stand. */
export function workflowOf(
  { spec, metadata }: Workflow,
  tasks: readonly TaskSnapshot[],
  priority: number,
): WorkflowSnapshot {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    tasks,
    priority,
    creationTime: Date.parse(metadata.creationTimestamp ?? '1970-01-01T00:00:00Z'),
    ...(spec.notBeforeTime === undefined ? {} : { notBeforeTime: Date.parse(spec.notBeforeTime) }),
    ...(spec.parallelism === undefined ? {} : { parallelism: spec.parallelism }),
    contentionCeiling: (spec.planning?.contentionCeilingPercent ?? 20) / 100,
    slack: (spec.planning?.slackPercent ?? 10) / 100,
    runningTasks: spec.resharding?.runningTasks ?? 'Keep',
  };
}

/** @param first what the plan's spec says of it */
export function taskSnapshot(
  task: ResolvedTask,
  record: TaskStatus | undefined,
  inForce: InForce | undefined,
  first?: TaskAssignment,
): TaskSnapshot {
  return {
    name: task.name,
    demand: task.demand,
    ...(task.extended === undefined ? {} : { extended: task.extended }),
    durationSeconds: task.durationSeconds,
    dependencies: task.dependencies,
    nodeSelector: task.nodeSelector,
    ...(task.affinity === undefined ? {} : { affinity: task.affinity }),
    tolerations: task.tolerations,
    labels: task.labels,
    ...(task.podRules === undefined ? {} : { podRules: task.podRules }),
    inputs: task.inputs,
    outputs: task.outputs,
    ...taskStanding(record, inForce, first),
    excludedNodes: [],
  };
}

/** @param defined the workflow's tasks, in the same order */
export function withLearned(
  workflow: WorkflowSnapshot,
  defined: readonly ResolvedTask[],
  learned: LearnedTasks,
): WorkflowSnapshot {
  const tasks = workflow.tasks.map((task, i) => {
    const definition = defined[i];
    return definition === undefined ? task : learned.of(workflow.namespace, task, definition);
  });
  return { ...workflow, tasks };
}
