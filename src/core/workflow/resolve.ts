/**
 * A Workflow made ready for planning and dispatch: `spec.templates` filled into `spec.tasks`, and every rule
 * checked that the schema's own cannot say (graph.ts, data-sets.ts, and pod templates here).
 */
import type { Problem } from '../../api/problem.ts';
import type { PodTemplate, RetryStrategy, Task, Template, Workflow } from '../../api/types.generated.ts';
import type { RetryPolicy } from '../dispatch/facts.ts';
import type { Affinity, Toleration } from '../placement/types.ts';
import { tryParseQuantity } from '../quantity/quantity.ts';
import { RESOURCES, resourceVector, type Resource, type ResourceVector } from '../resources.ts';
import { combineAffinity } from './affinity.ts';
import { resolveData, type TaskData } from './data-sets.ts';
import { buildGraph } from './graph.ts';
import { buildPodTemplate } from './pod-template.ts';
import { podRequests } from './requests.ts';
import { suggestion } from './suggest.ts';
import type { ResolvedTask, ResolvedWorkflow, ResolveOptions } from './types.ts';

const DEFAULT_RETRY: RetryPolicy = {
  limit: 0,
  backoff: { durationSeconds: 10, factor: 2, maxDurationSeconds: 600 },
};

/** Linear in the size of the workflow; never throws for one that the schema accepts. */
export function resolveWorkflow(workflow: Workflow, options: ResolveOptions): ResolvedWorkflow {
  const { tasks, templates = [], priorityClassName } = workflow.spec;
  const problems: Problem[] = [];

  const graph = buildGraph(tasks);
  problems.push(...graph.problems);
  const data = resolveData(tasks, graph, problems);

  const bases = new Map<string, Base>();
  for (const [i, template] of templates.entries()) {
    const field = `spec.templates[${i}]`;
    if (bases.has(template.name)) {
      const message = `"${template.name}" is the name of another template as well: give one of them another name`;
      problems.push({ field, reason: 'DuplicateTemplate', message });
    } else {
      bases.set(template.name, readBase(template.template, template, field, options, problems));
    }
  }

  const resolved: ResolvedTask[] = [];
  for (const [i, task] of tasks.entries()) {
    const field = `spec.tasks[${i}]`;
    const base = findBase(task, bases, field, options, problems);
    if (base === undefined) continue;
    const stated = readResources(task, `${field}.resources`, problems);
    const durationSeconds = task.estimatedDurationSeconds ?? base.template.estimatedDurationSeconds;
    if (durationSeconds === undefined) {
      const message = 'a task with a template of its own needs estimatedDurationSeconds: add it';
      problems.push({ field: `${field}.estimatedDurationSeconds`, reason: 'MissingDuration', message });
      continue;
    }
    const merged = { task, base, stated, durationSeconds, priorityClassName };
    resolved.push(resolveTask(merged, data[i] ?? { inputs: [], outputs: [] }, options));
  }
  return { tasks: resolved, problems };
}

type Amounts = Readonly<
  Partial<Record<Resource, { readonly amount: number; readonly text: number | string }>>
>;

/** What a task starts from: one of spec.templates, or its own pod template with nothing beside it. */
interface Base {
  readonly template: Partial<Omit<Template, 'template'>>;
  readonly podTemplate: PodTemplate;
  /** From `template.resources`. */
  readonly stated: Amounts;
  /** What the containers request, by the name of the resource. */
  readonly requested: ReadonlyMap<string, number>;
}

function findBase(
  task: Task,
  bases: ReadonlyMap<string, Base>,
  field: string,
  options: ResolveOptions,
  problems: Problem[],
): Base | undefined {
  if (task.template !== undefined) return readBase(task.template, {}, field, options, problems);
  if (task.templateRef === undefined) {
    const message =
      'the task has no template: add templateRef, the name of one of spec.templates, or template';
    problems.push({ field, reason: 'MissingTemplate', message });
    return undefined;
  }
  const base = bases.get(task.templateRef);
  if (base === undefined) {
    const hint = suggestion(task.templateRef, bases.keys());
    const message = `there is no template "${task.templateRef}" in spec.templates${hint}: correct the name, or add the template`;
    problems.push({ field: `${field}.templateRef`, reason: 'UnknownTemplate', message });
  }
  return base;
}

function readBase(
  podTemplate: PodTemplate,
  template: Base['template'],
  field: string,
  options: ResolveOptions,
  problems: Problem[],
): Base {
  const podField = `${field}.template.spec`;
  for (const [i, { image }] of podTemplate.spec.containers.entries()) {
    if (image !== undefined && image !== '') continue;
    const message = 'the container needs an image: the API server would refuse its pod';
    problems.push({ field: `${podField}.containers[${i}].image`, reason: 'MissingImage', message });
  }
  const requests = podRequests(podTemplate.spec, podField);
  problems.push(...requests.problems);
  const gpus = requests.amounts.get(options.gpuResourceName) ?? 0;
  if (!Number.isInteger(gpus)) {
    const message = `the containers request ${gpus} of ${options.gpuResourceName}: devices are requested whole`;
    problems.push({ field: `${podField}.containers`, reason: 'InvalidQuantity', message });
  }
  const stated = readResources(template, `${field}.resources`, problems);
  return { template, podTemplate, stated, requested: requests.amounts };
}

function readResources(holder: Pick<Task, 'resources'>, field: string, problems: Problem[]): Amounts {
  const amounts: Partial<Record<Resource, { amount: number; text: number | string }>> = {};
  for (const resource of RESOURCES) {
    const text = holder.resources?.[resource];
    if (text === undefined) continue;
    const amount = tryParseQuantity(text);
    if (amount !== undefined && amount >= 0) {
      amounts[resource] = { amount, text };
      continue;
    }
    const message = `${JSON.stringify(text)} is not a quantity of 0 or more, such as ${EXAMPLES[resource]}`;
    problems.push({ field: `${field}.${resource}`, reason: 'InvalidQuantity', message });
  }
  return amounts;
}

const EXAMPLES: Readonly<Record<Resource, string>> = {
  cpu: '500m or 4',
  memory: '512Mi or 8Gi',
  gpu: '1',
  network: '500M or 1G',
};

interface Merged {
  readonly task: Task;
  readonly base: Base;
  /** From `task.resources`. */
  readonly stated: Amounts;
  readonly durationSeconds: number;
  readonly priorityClassName: string | undefined;
}

function resolveTask(merged: Merged, { inputs, outputs }: TaskData, options: ResolveOptions): ResolvedTask {
  const { task, base, durationSeconds, priorityClassName } = merged;
  const { template, podTemplate } = base;
  const podSpec = podTemplate.spec as {
    nodeSelector?: Record<string, string>;
    affinity?: Affinity;
    tolerations?: Toleration[];
  };
  const stated: Amounts = { ...base.stated, ...merged.stated };

  const nodeSelector = { ...podSpec.nodeSelector, ...template.nodeSelector, ...task.nodeSelector };
  const affinity = combineAffinity([podSpec.affinity, template.affinity, task.affinity]);
  const tolerations = [podSpec.tolerations, template.tolerations, task.tolerations].flatMap(
    (list) => list ?? [],
  );

  return {
    name: task.name,
    type: task.type ?? template.type ?? template.name ?? task.name,
    demand: demandOf(stated, base.requested, options),
    durationSeconds,
    dependencies: task.dependencies ?? [],
    nodeSelector,
    ...(affinity && { affinity }),
    tolerations,
    inputs,
    outputs,
    retry: retryPolicy(task.retryStrategy ?? template.retryStrategy),
    activeDeadlineSeconds: task.activeDeadlineSeconds ?? template.activeDeadlineSeconds,
    podTemplate: buildPodTemplate(podTemplate, {
      ...missingRequests(stated, base.requested, options),
      env: task.env ?? [],
      nodeSelector,
      affinity,
      tolerations,
      priorityClassName,
    }),
  };
}

/**
 * What the task takes on its node. Where its containers request more than `resources` says, that counts:
 * kube-scheduler reserves it, whatever is used of it.
 */
function demandOf(
  stated: Amounts,
  requested: ReadonlyMap<string, number>,
  options: ResolveOptions,
): ResourceVector {
  return resourceVector((resource) => {
    const name = requestName(resource, options);
    const reserved = name === undefined ? 0 : (requested.get(name) ?? 0);
    return Math.max(stated[resource]?.amount ?? 0, reserved);
  });
}

function missingRequests(
  stated: Amounts,
  requested: ReadonlyMap<string, number>,
  options: ResolveOptions,
): { requests: Record<string, number | string>; limits: Record<string, number | string> } {
  const requests: Record<string, number | string> = {};
  const limits: Record<string, number | string> = {};
  for (const resource of RESOURCES) {
    const name = requestName(resource, options);
    const { amount, text } = stated[resource] ?? { amount: 0, text: 0 };
    if (name === undefined || amount === 0 || requested.has(name)) continue;
    requests[name] = text;
    if (resource === 'gpu') limits[name] = text;
  }
  return { requests, limits };
}

/** Under which pods request the resource; Kubernetes has no request for network bandwidth. */
function requestName(resource: Resource, { gpuResourceName }: ResolveOptions): string | undefined {
  switch (resource) {
    case 'cpu':
    case 'memory':
      return resource;
    case 'gpu':
      return gpuResourceName;
    case 'network':
      return undefined;
  }
}

/** The schema's defaults, for a manifest that no API server has read yet. */
function retryPolicy(strategy: RetryStrategy | undefined): RetryPolicy {
  return {
    limit: strategy?.limit ?? DEFAULT_RETRY.limit,
    backoff: { ...DEFAULT_RETRY.backoff, ...strategy?.backoff },
  };
}
