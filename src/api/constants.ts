/**
 * Names of the API group foreshard.dev that more than one part uses: resources, labels, annotations, and the
 * field managers of the controllers.
 */

export const GROUP = 'foreshard.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}` as const;

/** One served resource: what is in a URL (`plural`) and in an object's head (`kind`). */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export const WORKFLOWS = {
  group: GROUP,
  version: VERSION,
  plural: 'workflows',
  kind: 'Workflow',
  namespaced: true,
} as const satisfies ApiResource;

export const SHARD_PLANS = {
  group: GROUP,
  version: VERSION,
  plural: 'shardplans',
  kind: 'ShardPlan',
  namespaced: true,
} as const satisfies ApiResource;

export const NODE_FORECASTS = {
  group: GROUP,
  version: VERSION,
  plural: 'nodeforecasts',
  kind: 'NodeForecast',
  namespaced: false,
} as const satisfies ApiResource;

/** A Workflow of more tasks, with its plan and their status, would not fit in an object of 1.5 MiB. */
export const MAX_TASKS = 2000;

/**
 * How many alternatives each assignment of a plan of so many tasks keeps. With three for each of 2,000 tasks, a
 * plan that was resharded altogether would not fit in its object (test/apiserver/validation/size.test.ts).
 */
export function alternativesKept(tasks: number): number {
  return tasks <= MAX_TASKS / 2 ? 3 : 1;
}

/** On Jobs and Pods, and on a generated ShardPlan: the Workflow's name. */
export const LABEL_WORKFLOW = `${GROUP}/workflow`;
/** On Jobs and Pods: the task's name. */
export const LABEL_TASK = `${GROUP}/task`;
/** On Jobs and Pods: which attempt of the task it is; the first is 1. */
export const LABEL_ATTEMPT = `${GROUP}/attempt`;
/** On Jobs and Pods: the key under which the task's run is learned from. */
export const LABEL_TASK_TYPE = `${GROUP}/task-type`;
/** On Jobs and Pods: which of spec.templates the task has; absent for one with a template of its own. */
export const LABEL_TEMPLATE = `${GROUP}/template`;

/** On Nodes, by the administrator: work done per second against a node of speed 1, such as "1.25". */
export const ANNOTATION_SPEED = `${GROUP}/speed`;
/** On Nodes, by the administrator: bits per second to and from other nodes, such as "10G". */
export const ANNOTATION_NETWORK_BANDWIDTH = `${GROUP}/network-bandwidth`;

/** `fieldManager` of server-side apply: one a controller, so that each owns only what it writes. */
export const FIELD_MANAGER = {
  forecaster: 'foreshard-forecaster',
  sharder: 'foreshard-sharder',
  dispatcher: 'foreshard-dispatcher',
  resharder: 'foreshard-resharder',
} as const;

/** The extended resource that `resources.gpu` stands for, unless the operator is told otherwise. */
export const DEFAULT_GPU_RESOURCE = 'nvidia.com/gpu';
