/** What was learned of a workflow's types of task, as its status shows it. */
import type { LearnedTaskType, Workflow } from '../../api/types.generated.ts';
import { PRIOR_RUNS } from '../../core/learn/index.ts';
import { formatAmount } from '../../core/quantity/index.ts';
import { RESOURCES } from '../../core/resources.ts';
import type { ResolvedTask } from '../../core/workflow/index.ts';
import type { LearnedType, TaskLearning } from '../gather/learning.ts';

/** What the schema has room for. */
const MAX_TYPES = 100;

/** By type, in order of their names; a type of which nothing has run is left out. */
export function learnedStatus(
  { metadata }: Workflow,
  tasks: readonly ResolvedTask[],
  learning: TaskLearning,
): LearnedTaskType[] {
  const byType = Map.groupBy(tasks, ({ type }) => type);
  const found: LearnedTaskType[] = [];
  for (const type of [...byType.keys()].sort()) {
    const learned = learning.typeOf(metadata.namespace ?? '', type, geometricMean(byType.get(type) ?? []));
    if (learned === undefined) continue;
    found.push(toApi(type, learned));
    if (found.length === MAX_TYPES) break;
  }
  return found;
}

function toApi(type: string, { runs, duration, peaks }: LearnedType): LearnedTaskType {
  const usage = RESOURCES.flatMap((resource) => {
    const peak = peaks[resource];
    return peak === undefined ? [] : [[resource, formatAmount(peak, resource)] as const];
  });
  return {
    type,
    runs,
    source: runs >= PRIOR_RUNS ? 'Runs' : 'Estimate',
    durationSeconds: { p50: Math.round(duration.p50), p90: Math.round(duration.p90) },
    ...(usage.length === 0 ? {} : { peakUsage: Object.fromEntries(usage) }),
  };
}

function geometricMean(tasks: readonly ResolvedTask[]): number {
  const sum = tasks.reduce((total, { durationSeconds }) => total + Math.log(Math.max(1, durationSeconds)), 0);
  return Math.exp(sum / Math.max(1, tasks.length));
}
