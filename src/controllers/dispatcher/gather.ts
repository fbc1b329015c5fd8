/** The dispatcher's view of one workflow. */
import { LABEL_WORKFLOW } from '../../api/constants.ts';
import type { ShardPlan, Workflow } from '../../api/types.generated.ts';
import type { Placement } from '../../core/dispatch/facts.ts';
import type { WorkflowInput } from '../../core/dispatch/workflow.ts';
import { isObserved, planInForce } from '../../core/plan/in-force.ts';
import type { ResolvedWorkflow } from '../../core/workflow/index.ts';
import { objectKey, resources, type KubeClient } from '../../runtime/index.ts';
import { BY_WORKFLOW, type Caches } from '../caches.ts';
import type { Job, Pod } from '../gather/kubernetes.ts';
import { nodeState } from '../gather/nodes.ts';
import { jobFacts, podFacts } from '../gather/runs.ts';
import { parseTime } from '../../api/times.ts';
import { planOf } from '../gather/workflows.ts';

export interface Runs {
  readonly jobs: readonly Job[];
  readonly pods: readonly Pod[];
}

export function cachedRuns(workflow: Workflow, caches: Caches): Runs {
  const key = objectKey(workflow);
  return ownRuns(
    workflow,
    caches.jobs.store.byIndex(BY_WORKFLOW, key),
    caches.pods.store.byIndex(BY_WORKFLOW, key),
  );
}

/** Read from the API server itself. */
export async function liveRuns(client: KubeClient, workflow: Workflow, signal: AbortSignal): Promise<Runs> {
  const query = {
    namespace: workflow.metadata.namespace,
    labelSelector: `${LABEL_WORKFLOW}=${workflow.metadata.name ?? ''}`,
    signal,
  };
  const [jobs, pods] = await Promise.all([
    client.list<Job>(resources.jobs, query),
    client.list<Pod>(resources.pods, query),
  ]);
  return ownRuns(workflow, jobs.items, pods.items);
}

/**
 * Of this Workflow and not of a deleted one of the same name. A pod whose Job is gone cannot be told apart by
 * its owner's owner, so it counts unless its Job is known to belong to another Workflow.
 */
function ownRuns(workflow: Workflow, jobs: readonly Job[], pods: readonly Pod[]): Runs {
  const foreign = new Set(
    jobs.filter((j) => controllerUid(j) !== workflow.metadata.uid).map((j) => j.metadata?.uid),
  );
  const born = Date.parse(workflow.metadata.creationTimestamp ?? '');
  return {
    jobs: jobs.filter((j) => !foreign.has(j.metadata?.uid)),
    pods: pods.filter(
      (p) => !foreign.has(controllerUid(p)) && !(Date.parse(p.metadata?.creationTimestamp ?? '') < born),
    ),
  };
}

function controllerUid(object: Job | Pod): string | undefined {
  return object.metadata?.ownerReferences?.find((o) => o.controller === true)?.uid;
}

export function gatherWorkflow(
  workflow: Workflow,
  definition: ResolvedWorkflow,
  runs: Runs,
  caches: Caches,
  now: number,
): WorkflowInput {
  const { spec, status } = workflow;
  const plan = planOf(workflow, caches);
  return {
    name: workflow.metadata.name ?? '',
    now,
    tasks: definition.tasks,
    recorded: status?.tasks ?? [],
    jobs: runs.jobs.map(jobFacts),
    pods: runs.pods.map(podFacts),
    placements: plan === undefined ? new Map<string, Placement>() : planInForce(plan),
    nodes: () =>
      caches.nodes.store.list().map((node) => ({
        name: node.metadata?.name ?? '',
        labels: node.metadata?.labels ?? {},
        taints: node.spec?.taints ?? [],
      })),
    nodeState: (name) => nodeState(caches.nodes.store.get(name)),
    unreachableNode: spec.resharding?.unreachableNode ?? 'WaitUntilFenced',
    hold: holdReason(workflow, definition, plan),
    parallelism: spec.parallelism,
    activeDeadlineSeconds: spec.activeDeadlineSeconds,
    ttlSecondsAfterFinished: spec.ttlSecondsAfterFinished,
    startTime: parseTime(status?.startTime),
  };
}

/** Why no task may be started now. */
function holdReason(
  workflow: Workflow,
  definition: ResolvedWorkflow,
  plan: ShardPlan | undefined,
): string | undefined {
  if (definition.problems.length > 0) return 'the spec is invalid';
  if (workflow.spec.suspend === true) return 'spec.suspend is true';
  if (plan === undefined) return 'there is no plan';
  if (!isObserved(plan)) return 'the plan is not in force yet';
  const planned = workflow.status?.conditions?.find((c) => c.type === 'Planned');
  if (planned?.status !== 'True') return planned?.message ?? 'the plan is not in force yet';
  const active = plan.status?.conditions?.find((c) => c.type === 'Active');
  return active?.status === 'False' ? active.message : undefined;
}
