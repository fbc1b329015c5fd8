/** The ShardPlan object that the sharder makes of a plan. */
import { API_VERSION, LABEL_WORKFLOW, alternativesKept } from '../../api/constants.ts';
import type { OwnerReference } from '../../api/meta.ts';
import type { ShardPlan, TaskAssignment, Workflow } from '../../api/types.generated.ts';
import type { Assignment, WorkflowPlan } from '../../core/plan/snapshot.ts';
import { rfc3339, wholeStart } from '../../api/times.ts';
import { planName } from '../gather/workflows.ts';

/** Every change of a child refreshes the application in Argo CD; this one changes as its tasks go on. */
const IGNORE_UPDATES = { 'argocd.argoproj.io/ignore-resource-updates': 'true' };

/** Owned by its Workflow, so that Argo CD leaves it alone and garbage collection removes it. */
export function generatedPlan(workflow: Workflow, plan: WorkflowPlan, now: number): ShardPlan {
  const { name = '', namespace = '', uid = '' } = workflow.metadata;
  return {
    apiVersion: API_VERSION,
    kind: 'ShardPlan',
    metadata: {
      name: planName(workflow),
      namespace,
      labels: { [LABEL_WORKFLOW]: name },
      annotations: IGNORE_UPDATES,
      ownerReferences: [
        { apiVersion: API_VERSION, kind: 'Workflow', name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: planSpec(workflow, plan, now),
  };
}

export function planSpec({ metadata }: Workflow, plan: WorkflowPlan, now: number): ShardPlan['spec'] {
  return {
    workflowRef: {
      name: metadata.name ?? '',
      ...(metadata.generation === undefined ? {} : { generation: metadata.generation }),
    },
    plannedTime: rfc3339(now),
    assignments: plan.assignments.map((a) => toApi(a, now, alternativesKept(plan.assignments.length))),
  };
}

function toApi(a: Assignment, now: number, alternatives: number): TaskAssignment {
  const startTime = wholeStart(a.startTime, now);
  return {
    task: a.task,
    node: a.node,
    startTime: rfc3339(startTime),
    endTime: rfc3339(Math.max(startTime, a.endTime)),
    contentionPermille: permille(a.contention),
    binding: a.binding,
    reason: a.reason,
    alternatives: a.alternatives.slice(0, alternatives).map((x) => ({
      node: x.node,
      endTime: rfc3339(x.endTime),
      contentionPermille: permille(x.contention),
    })),
  };
}

export function permille(share: number): number {
  return Math.min(1000, Math.max(0, Math.round(share * 1000)));
}

export function planOwner(plan: ShardPlan): OwnerReference | undefined {
  return plan.metadata.ownerReferences?.find((o) => o.controller === true);
}
