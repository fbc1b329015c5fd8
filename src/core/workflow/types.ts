/**
 * A workflow's tasks as the planner and the dispatcher need them: templates filled in, defaults applied,
 * amounts in base units (`core/resources`), durations in seconds.
 */
import type { Problem } from '../../api/problem.ts';
import type { PodTemplate } from '../../api/types.generated.ts';
import type { RetryPolicy } from '../dispatch/facts.ts';
import type { TaskSnapshot } from '../plan/snapshot.ts';
import type { Resource } from '../resources.ts';

/** What of a task's snapshot its definition says. The rest is how its run goes. */
type DefinedTask = Pick<
  TaskSnapshot,
  | 'name'
  | 'demand'
  | 'extended'
  | 'durationSeconds'
  | 'dependencies'
  | 'nodeSelector'
  | 'affinity'
  | 'tolerations'
  | 'podRules'
  | 'inputs'
  | 'outputs'
>;

/**
 * Placement rules are those of the pod template, the template and the task together: of a node label that is given
 * twice the last of these counts, and so does the last spread constraint for one topology key and reaction; affinities
 * must all hold, and tolerations add up.
 */
export interface ResolvedTask extends DefinedTask {
  /** Key under which runs are learned from: the task's, its template's, the template's name, or the task's name. */
  readonly type: string;
  /** One of spec.templates; undefined for a task with a template of its own. */
  readonly template?: string;
  /** Of its pods; each attempt adds its number. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of its containers, in base units; a resource that is absent is not limited. */
  readonly limits: Readonly<Partial<Record<Resource, number>>>;
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
