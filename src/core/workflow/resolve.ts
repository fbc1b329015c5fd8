/**
 * A Workflow made ready for planning and dispatch: `spec.templates` filled into `spec.tasks`, and every rule
 * checked that the schema's own cannot say (graph.ts, data-sets.ts, and pod templates here).
 */
import type { Problem } from '../../api/problem.ts';
import type { PodTemplate, RetryStrategy, Task, Template, Workflow } from '../../api/types.generated.ts';
import type { RetryPolicy } from '../dispatch/facts.ts';
import type { Toleration } from '../placement/types.ts';
import { combineAffinity } from './affinity.ts';
import {
  demandOf,
  extendedOf,
  isCountedWhole,
  limitsOf,
  missingRequests,
  readResources,
  type Amounts,
} from './amounts.ts';
import { resolveData, type TaskData } from './data-sets.ts';
import { buildGraph } from './graph.ts';
import type { Resource } from '../resources.ts';
import { passedOn, taskLabels } from '../dispatch/labels.ts';
import { resolveRules, ruleProblems, type StatedRules } from './pod-rules.ts';
import { buildPodTemplate } from './pod-template.ts';
import { podShapeProblems } from './pod-shape.ts';
import { deviceProblems, podLimits, podRequests } from './requests.ts';
import { suggestion } from '../../api/suggestion.ts';
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

  // A template that cannot be used has an entry as well, so that the tasks that refer to it are not told again.
  const bases = new Map<string, Base | undefined>();
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
    problems.push(...ruleProblems(task, field));
    if (base === undefined) continue;
    const stated = readResources(task.resources, `${field}.resources`, problems);
    const durationSeconds = task.estimatedDurationSeconds ?? base.template.estimatedDurationSeconds;
    if (durationSeconds === undefined) {
      const message = 'a task with a template of its own needs estimatedDurationSeconds: add it';
      problems.push({ field: `${field}.estimatedDurationSeconds`, reason: 'MissingDuration', message });
      continue;
    }
    const merged = {
      workflow: workflow.metadata.name ?? '',
      task,
      base,
      stated,
      durationSeconds,
      priorityClassName,
    };
    resolved.push(resolveTask(merged, data[i] ?? { inputs: [], outputs: [] }, options));
  }
  return { tasks: resolved, problems };
}

/** What a task starts from: one of spec.templates, or its own pod template with nothing beside it. */
interface Base {
  readonly template: Partial<Omit<Template, 'template'>>;
  readonly podTemplate: PodTemplate;
  /** From `template.resources`. */
  readonly stated: Amounts;
  /** What the containers request, by the name of the resource. */
  readonly requested: ReadonlyMap<string, number>;
  readonly limits: Readonly<Partial<Record<Resource, number>>>;
}

function findBase(
  task: Task,
  bases: ReadonlyMap<string, Base | undefined>,
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
  if (!bases.has(task.templateRef)) {
    const hint = suggestion(task.templateRef, bases.keys());
    const message = `there is no template "${task.templateRef}" in spec.templates${hint}: correct the name, or add the template`;
    problems.push({ field: `${field}.templateRef`, reason: 'UnknownTemplate', message });
  }
  return bases.get(task.templateRef);
}

/** Undefined where the pod template is not of a shape that can be read. */
function readBase(
  podTemplate: PodTemplate,
  template: Base['template'],
  field: string,
  options: ResolveOptions,
  problems: Problem[],
): Base | undefined {
  const podField = `${field}.template.spec`;
  const shape = podShapeProblems(podTemplate.spec, podField);
  problems.push(...shape, ...ruleProblems(template, field));
  if (shape.length > 0) return undefined;
  problems.push(...ruleProblems(podTemplate.spec as StatedRules, podField));
  for (const [i, { image }] of podTemplate.spec.containers.entries()) {
    if (image !== undefined && image !== '') continue;
    const message = 'the container needs an image: the API server would refuse its pod';
    problems.push({ field: `${podField}.containers[${i}].image`, reason: 'MissingImage', message });
  }
  const requests = podRequests(podTemplate.spec, podField);
  problems.push(...requests.problems);
  problems.push(...deviceProblems(podTemplate.spec, podField, isCountedWhole));
  for (const [name, amount] of requests.amounts) {
    if (Number.isInteger(amount) || (!isCountedWhole(name) && name !== options.gpuResourceName)) continue;
    const message = `the containers request ${amount} of ${name}: devices are requested whole`;
    problems.push({ field: `${podField}.containers`, reason: 'InvalidQuantity', message });
  }
  const stated = readResources(template.resources, `${field}.resources`, problems);
  return {
    template,
    podTemplate,
    stated,
    requested: requests.amounts,
    limits: limitsOf(podLimits(podTemplate.spec), options),
  };
}

interface Merged {
  readonly workflow: string;
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
  const podSpec = podTemplate.spec as StatedRules & {
    nodeSelector?: Record<string, string>;
    tolerations?: Toleration[];
  };
  const stated: Amounts = { ...base.stated, ...merged.stated };

  const nodeSelector = { ...podSpec.nodeSelector, ...template.nodeSelector, ...task.nodeSelector };
  const nodeAffinity = combineAffinity([podSpec.affinity, template.affinity, task.affinity]);
  const tolerations = [podSpec.tolerations, template.tolerations, task.tolerations].flatMap(
    (list) => list ?? [],
  );
  const extended = extendedOf(base.requested, options);
  const type = task.type ?? template.type ?? template.name ?? task.name;
  const own = { name: task.name, type, ...(template.name === undefined ? {} : { template: template.name }) };
  const labels = {
    ...passedOn(podTemplate.metadata?.labels),
    ...taskLabels(merged.workflow, own),
  };
  const { podRules, topologySpreadConstraints, ...podAffinities } = resolveRules([podSpec, template, task], {
    workflow: merged.workflow,
    task: task.name,
    template: template.name,
    labels,
  });

  return {
    ...own,
    labels,
    ...(podRules.length > 0 && { podRules }),
    demand: demandOf(stated, base.requested, options),
    ...(extended && { extended }),
    limits: base.limits,
    durationSeconds,
    dependencies: task.dependencies ?? [],
    nodeSelector,
    ...(nodeAffinity && { affinity: nodeAffinity }),
    tolerations,
    inputs,
    outputs,
    retry: retryPolicy(task.retryStrategy ?? template.retryStrategy),
    activeDeadlineSeconds: task.activeDeadlineSeconds ?? template.activeDeadlineSeconds,
    podTemplate: buildPodTemplate(podTemplate, {
      ...missingRequests(stated, base.requested, options),
      env: task.env ?? [],
      nodeSelector,
      affinity: { ...nodeAffinity, ...podAffinities },
      topologySpreadConstraints,
      tolerations,
      priorityClassName,
    }),
  };
}

/** The schema's defaults, for a manifest that no API server has read yet. */
function retryPolicy(strategy: RetryStrategy | undefined): RetryPolicy {
  return {
    limit: strategy?.limit ?? DEFAULT_RETRY.limit,
    backoff: { ...DEFAULT_RETRY.backoff, ...strategy?.backoff },
  };
}
