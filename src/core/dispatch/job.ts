/**
 * The Job that runs one attempt of a task.
 *
 * It makes exactly one pod and never a second: `backoffLimit: 0`, `restartPolicy: Never`, and a pod that was
 * disrupted (evicted, its node gone) fails the Job with a reason of its own (KEP-3329), so that whether and
 * where to run again is decided by the plan, not by the Job controller. The pod is pinned by required node
 * affinity rather than `nodeName`, so that kube-scheduler still admits it.
 */
import { API_VERSION, LABEL_ATTEMPT } from '../../api/constants.ts';
import type { OwnerReference } from '../../api/meta.ts';
import type { PodTemplate } from '../../api/types.generated.ts';
import type { Affinity, NodeSelectorTerm } from '../placement/types.ts';
import { jobName } from './job-name.ts';
import { passedOn, taskLabels, type LabelledTask } from './labels.ts';

export interface JobInput {
  readonly workflow: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly task: LabelledTask & { readonly podTemplate: PodTemplate };
  readonly activeDeadlineSeconds: number | undefined;
  readonly priorityClassName: string | undefined;
  readonly attempt: number;
  readonly node: string;
}

export interface JobManifest {
  apiVersion: 'batch/v1';
  kind: 'Job';
  metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    ownerReferences: OwnerReference[];
  };
  spec: Record<string, unknown>;
}

export function buildJob(input: JobInput): JobManifest {
  const { workflow, task, attempt } = input;
  const labels = { ...taskLabels(workflow.name, task), [LABEL_ATTEMPT]: String(attempt) };
  const { metadata, spec } = task.podTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(workflow, task.name, attempt),
      namespace: workflow.namespace,
      labels,
      ownerReferences: [
        {
          apiVersion: API_VERSION,
          kind: 'Workflow',
          name: workflow.name,
          uid: workflow.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      completions: 1,
      parallelism: 1,
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
      ...(input.activeDeadlineSeconds === undefined
        ? {}
        : { activeDeadlineSeconds: input.activeDeadlineSeconds }),
      template: {
        metadata: {
          labels: { ...passedOn(metadata?.labels), ...labels },
          annotations: passedOn(metadata?.annotations),
        },
        spec: {
          ...spec,
          restartPolicy: 'Never',
          affinity: pin(spec.affinity as Affinity | undefined, input.node),
          ...(input.priorityClassName === undefined ? {} : { priorityClassName: input.priorityClassName }),
        },
      },
    },
  };
}

/** The affinity with the node's name added to every required term: terms are alternatives, so each must name it. */
export function pin(affinity: Affinity | undefined, node: string): Affinity {
  const onNode = { key: 'metadata.name', operator: 'In', values: [node] } as const;
  const terms: readonly NodeSelectorTerm[] = affinity?.nodeAffinity
    ?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [{}];
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: terms.map((t) => ({ ...t, matchFields: [...(t.matchFields ?? []), onNode] })),
      },
    },
  };
}

/** The node to which `pin` has pinned it. */
export function pinnedNode(affinity: Affinity | undefined): string | undefined {
  const term = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0];
  return term?.matchFields?.findLast((f) => f.key === 'metadata.name' && f.operator === 'In')?.values?.[0];
}
