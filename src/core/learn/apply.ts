/** What was learned of a task's type, as the planner is told it. */
import { RESOURCES, resourceVector, type Resource, type ResourceVector } from '../resources.ts';
import { PRIOR_RUNS, type TypeRuns } from './type-runs.ts';
import type { LearnedTask } from './types.ts';

export interface SpecifiedTask {
  readonly durationSeconds: number;
  readonly demand: ResourceVector;
  /** Of its containers; a resource that is absent is not limited. */
  readonly limits: Readonly<Partial<Record<Resource, number>>>;
}

/** A node whose pace is this near to 1 is as any other. */
const ALIKE = 0.01;

/** @param canHold can any node hold a task of this demand? What is raised past all nodes is not raised. */
export function learnedTask(
  task: SpecifiedTask,
  runs: TypeRuns,
  paces: ReadonlyMap<string, number>,
  canHold: (demand: ResourceVector) => boolean,
): LearnedTask {
  const raised = raisedDemand(task, runs);
  const isRaised = RESOURCES.some((resource) => raised[resource] !== task.demand[resource]);
  const { p50, p90 } = runs.duration(task.durationSeconds);
  return {
    durationSeconds: p50,
    reservedSeconds: p90,
    demand: isRaised && canHold(raised) ? raised : task.demand,
    paces,
  };
}

/** Nodes on which tasks of the type take longer or shorter than elsewhere. */
export function pacesOf(
  runs: TypeRuns,
  nodes: Iterable<{ readonly name: string; readonly nodeType: string | undefined }>,
): ReadonlyMap<string, number> {
  const paces = new Map<string, number>();
  for (const { name, nodeType } of nodes) {
    const pace = runs.pace(name, nodeType);
    if (Math.abs(Math.log(pace)) > ALIKE) paces.set(name, pace);
  }
  return paces;
}

/** Towards the learned peak where that is more, as far as the runs outweigh the spec, and never over the limit. */
export function raisedDemand(
  { demand, limits }: Pick<SpecifiedTask, 'demand' | 'limits'>,
  runs: TypeRuns,
): ResourceVector {
  return resourceVector((resource) => {
    const stated = demand[resource];
    const peak = resource === 'gpu' ? undefined : runs.peak(resource);
    if (peak === undefined || peak.amount <= stated) return stated;
    const raised = stated + ((peak.amount - stated) * peak.weight) / (peak.weight + PRIOR_RUNS);
    return Math.max(stated, Math.min(raised, limits[resource] ?? Infinity));
  });
}
