/**
 * A workflow's tasks as the planner and the dispatcher need them: templates filled in, defaults applied,
 * amounts in base units (`core/resources`), durations in seconds.
 */
import type { Problem } from '../../api/problem.ts';
import type { PodTemplate } from '../../api/types.generated.ts';
import type { RetryPolicy } from '../dispatch/facts.ts';
import type { Affinity, Toleration } from '../placement/types.ts';
import type { DataSet } from '../plan/snapshot.ts';
import type { ResourceVector } from '../resources.ts';

export interface ResolvedTask {
  readonly name: string;
  /** Key under which runs are learned from: the task's, its template's, the template's name, or the task's name. */
  readonly type: string;
  readonly demand: ResourceVector;
  /** On a node of speed 1. */
  readonly durationSeconds: number;
  readonly dependencies: readonly string[];
  /** Of the pod template, the template and the task; of a key that is given twice, the last of these counts. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Node affinity of the pod template, the template and the task: all must hold. */
  readonly affinity?: Affinity;
  readonly tolerations: readonly Toleration[];
  readonly inputs: readonly DataSet[];
  readonly outputs: readonly DataSet[];
  readonly retry: RetryPolicy;
  readonly activeDeadlineSeconds?: number;
  /** Of the task's pods, with all of the above in it; the dispatcher adds labels and the node. */
  readonly podTemplate: PodTemplate;
}

export interface ResolvedWorkflow {
  /** In the order of `spec.tasks`; those whose template is unknown or unreadable are left out. */
  readonly tasks: readonly ResolvedTask[];
  readonly problems: readonly Problem[];
}

export interface ResolveOptions {
  /** The extended resource that `resources.gpu` stands for, such as nvidia.com/gpu. */
  readonly gpuResourceName: string;
}
