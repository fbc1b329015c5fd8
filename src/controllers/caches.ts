/** Everything the controllers read: one reflector for each kind, and what was learned, shared by all of them. */
import { LABEL_WORKFLOW, NODE_FORECASTS, SHARD_PLANS, WORKFLOWS } from '../api/constants.ts';
import type { NodeForecast, ShardPlan, Workflow } from '../api/types.generated.ts';
import { Reflector, resources, type KubeClient, type ResourceType, type Runnable } from '../runtime/index.ts';
import type { Job, Node, Pod, PriorityClass } from './gather/kubernetes.ts';
import { TaskLearning } from './gather/learning.ts';

export const PRIORITY_CLASSES: ResourceType = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  plural: 'priorityclasses',
  kind: 'PriorityClass',
  namespaced: false,
};

export interface Caches {
  readonly workflows: Reflector<Workflow>;
  readonly plans: Reflector<ShardPlan>;
  readonly forecasts: Reflector<NodeForecast>;
  readonly nodes: Reflector<Node>;
  readonly pods: Reflector<Pod>;
  readonly jobs: Reflector<Job>;
  readonly priorityClasses: Reflector<PriorityClass>;
  /** From the history, where this process leads. */
  readonly learning: TaskLearning;
}

/** Jobs and Pods by the key (namespace/name) of the workflow whose label they carry. */
export const BY_WORKFLOW = 'workflow';

export function createCaches(client: KubeClient): Caches {
  const caches: Caches = {
    workflows: new Reflector<Workflow>(client, WORKFLOWS),
    plans: new Reflector<ShardPlan>(client, SHARD_PLANS),
    forecasts: new Reflector<NodeForecast>(client, NODE_FORECASTS),
    nodes: new Reflector<Node>(client, resources.nodes),
    pods: new Reflector<Pod>(client, resources.pods),
    jobs: new Reflector<Job>(client, resources.jobs, { labelSelector: LABEL_WORKFLOW }),
    priorityClasses: new Reflector<PriorityClass>(client, PRIORITY_CLASSES),
    learning: new TaskLearning(),
  };
  caches.jobs.store.addIndex(BY_WORKFLOW, workflowKeys);
  caches.pods.store.addIndex(BY_WORKFLOW, workflowKeys);
  return caches;
}

export function cacheList(caches: Caches): Runnable[] {
  return [
    caches.workflows,
    caches.plans,
    caches.forecasts,
    caches.nodes,
    caches.pods,
    caches.jobs,
    caches.priorityClasses,
  ];
}

/** The workflow that a Job or Pod belongs to by its label: at most one key. */
export function workflowKeys(object: Job | Pod): string[] {
  const name = object.metadata?.labels?.[LABEL_WORKFLOW];
  return name === undefined ? [] : [`${object.metadata?.namespace ?? ''}/${name}`];
}

/** The workflow that a plan is of, as the keys that a change of the plan concerns. */
export function plannedWorkflow({ metadata, spec }: ShardPlan): string[] {
  return [`${metadata.namespace ?? ''}/${spec.workflowRef.name}`];
}
