/**
 * Runs a workflow's tasks as Jobs, as the plan in force says, and publishes how they fare.
 *
 * The status is written before anything is created or deleted: what a decision counted (a failure, an
 * attempt) is on record before its consequence exists, so a crash between any two writes repeats a step and
 * never skips or doubles one.
 */
import { FIELD_MANAGER, WORKFLOWS } from '../../api/constants.ts';
import { summarizeProblems } from '../../api/problem.ts';
import type { Workflow, WorkflowStatus } from '../../api/types.generated.ts';
import { workflowConditions } from '../../core/conditions/workflow.ts';
import { buildJob } from '../../core/dispatch/job.ts';
import { decideWorkflow, type WorkflowDecision } from '../../core/dispatch/workflow.ts';
import type { ResolvedWorkflow } from '../../core/workflow/index.ts';
import {
  Controller,
  applyIfChanged,
  identityOf,
  isAlreadyExists,
  isNotFound,
  objectKey,
  resources,
  setConditions,
  type Logger,
  type ReconcileContext,
  type ReconcileResult,
} from '../../runtime/index.ts';
import { plannedWorkflow, workflowKeys } from '../caches.ts';
import type { ControllerContext } from '../context.ts';
import type { Job } from '../gather/kubernetes.ts';
import { nodeState } from '../gather/nodes.ts';
import { rfc3339 } from '../../api/times.ts';
import { liveWorkflow, planOf, resolved } from '../gather/workflows.ts';
import { cachedRuns, gatherWorkflow, liveRuns, type Runs } from './gather.ts';

export function createDispatcher(context: ControllerContext): Controller {
  const { caches } = context;
  const controller = new Controller(context.env, {
    name: 'dispatcher',
    concurrency: 4,
    reconcile: (key, run) => reconcile(context, key, run),
  });
  const active = (): string[] => caches.workflows.store.list().map(objectKey);
  return controller
    .for(caches.workflows)
    .watches(caches.plans, plannedWorkflow)
    .watches(caches.jobs, workflowKeys)
    .watches(caches.pods, workflowKeys)
    .watches(caches.nodes, (node, old) =>
      old === undefined || nodeState(node) !== nodeState(old) ? active() : [],
    );
}

async function reconcile(
  context: ControllerContext,
  key: string,
  { signal, log }: ReconcileContext,
): Promise<ReconcileResult | undefined> {
  const { caches, env, settings } = context;
  const workflow = liveWorkflow(key, caches);
  if (workflow === undefined) return undefined;

  const now = env.clock.now();
  const definition = resolved(workflow, settings);
  const gathered = (runs: Runs): WorkflowDecision =>
    decideWorkflow(gatherWorkflow(workflow, definition, runs, caches, now));
  const decision = gathered(cachedRuns(workflow, caches));
  const published = await publish(context, workflow, definition, decision, signal);
  report(context, workflow, decision);

  for (const { job, reason } of decision.delete) {
    await deleteJob(context, workflow, job.name, job.uid, signal);
    log.info('Job deleted', { job: job.name, reason });
    context.events.event(workflow, {
      type: 'Normal',
      reason: 'AttemptEnded',
      action: 'DeleteJob',
      note: `ended attempt ${job.attempt} of task ${job.task} on ${job.node}: ${reason}`,
    });
  }
  const start = decision.create;
  // A cache may lag: a further attempt is started only when a read from the API server itself says the same.
  const confirmed = start.some((s) => s.attempt > 1)
    ? gathered(await liveRuns(context.client, published, signal)).create
    : start;
  for (const next of start) {
    if (!confirmed.some((c) => c.task === next.task && c.attempt === next.attempt && c.node === next.node))
      continue;
    await createJob(context, workflow, definition, next, signal, log);
  }
  for (const job of decision.expire) {
    await context.client.patch(
      resources.jobs,
      { namespace: workflow.metadata.namespace, name: job.name },
      { spec: { ttlSecondsAfterFinished: workflow.spec.ttlSecondsAfterFinished } },
      { signal, fieldManager: FIELD_MANAGER.dispatcher },
    );
  }
  return decision.lookAgainAt === undefined
    ? undefined
    : { requeueAfterMs: Math.max(100, decision.lookAgainAt - now) };
}

async function publish(
  context: ControllerContext,
  workflow: Workflow,
  definition: ResolvedWorkflow,
  decision: WorkflowDecision,
  signal: AbortSignal,
): Promise<Workflow> {
  const { caches, client, env } = context;
  const { generation } = workflow.metadata;
  const old = workflow.status?.conditions ?? [];
  const wanted = workflowConditions({
    outcome: decision.outcome,
    failure: decision.failure,
    counts: decision.counts,
    invalid: definition.problems.length === 0 ? undefined : summarizeProblems(definition.problems),
    suspended: workflow.spec.suspend === true,
    planned: old.find((c) => c.type === 'Planned'),
    plan: planOf(workflow, caches),
  });
  const own = old.filter((c) => wanted.some((w) => w.type === c.type));
  const status: WorkflowStatus = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    taskCounts: { ...decision.counts },
    tasks: [...decision.records],
    ...(decision.startTime === undefined ? {} : { startTime: rfc3339(decision.startTime) }),
    ...(decision.completionTime === undefined ? {} : { completionTime: rfc3339(decision.completionTime) }),
    conditions: setConditions(own, wanted, { generation, now: env.clock.now() }),
  };
  const { object } = await applyIfChanged(
    client,
    WORKFLOWS,
    caches.workflows.store,
    { ...identityOf(workflow), status } as Workflow,
    {
      fieldManager: FIELD_MANAGER.dispatcher,
      subresource: 'status',
      signal,
    },
  );
  return object;
}

async function createJob(
  context: ControllerContext,
  workflow: Workflow,
  definition: ResolvedWorkflow,
  next: WorkflowDecision['create'][number],
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  const { client, caches, events } = context;
  const task = definition.tasks.find((t) => t.name === next.task);
  if (task === undefined) return;
  const { name = '', namespace = '', uid = '' } = workflow.metadata;
  const manifest = buildJob({
    workflow: { name, namespace, uid },
    task,
    activeDeadlineSeconds: task.activeDeadlineSeconds,
    priorityClassName: workflow.spec.priorityClassName,
    attempt: next.attempt,
    node: next.node,
  });
  try {
    const job = await client.create<Job>(resources.jobs, manifest, {
      fieldManager: FIELD_MANAGER.dispatcher,
      signal,
    });
    caches.jobs.store.assume(job);
    log.info('Job created', {
      job: manifest.metadata.name,
      task: next.task,
      attempt: next.attempt,
      node: next.node,
    });
    events.event(workflow, {
      type: 'Normal',
      reason: 'TaskStarted',
      action: 'CreateJob',
      note: `started task ${next.task} on ${next.node} (attempt ${next.attempt})`,
      related: job,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    // Made before a crash, or not yet in the cache: either way it is the one that was wanted.
    caches.jobs.store.assume(
      await client.get<Job>(resources.jobs, { namespace, name: manifest.metadata.name }, { signal }),
    );
  }
}

async function deleteJob(
  context: ControllerContext,
  workflow: Workflow,
  name: string,
  uid: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await context.client.delete(
      resources.jobs,
      { namespace: workflow.metadata.namespace, name },
      { propagationPolicy: 'Background', uid, signal },
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function report(context: ControllerContext, workflow: Workflow, decision: WorkflowDecision): void {
  const before = new Map((workflow.status?.tasks ?? []).map((t) => [t.name, t]));
  for (const record of decision.records) {
    const old = before.get(record.name);
    if (record.state === 'Failed' && old?.state !== 'Failed') {
      context.events.event(workflow, {
        type: 'Warning',
        reason: 'TaskFailed',
        action: 'Run',
        note: `task ${record.name} ${record.message ?? 'failed'}`,
      });
    } else if (record.reason === 'Backoff' && (old?.reason !== 'Backoff' || old.attempt !== record.attempt)) {
      context.events.event(workflow, {
        type: 'Warning',
        reason: 'AttemptFailed',
        action: 'Run',
        note: `task ${record.name}: ${record.message ?? 'failed'}`,
      });
    }
  }
  for (const { task, message } of decision.held) {
    if (before.get(task)?.message?.endsWith(message) === true) continue;
    context.events.event(workflow, {
      type: 'Normal',
      reason: 'HeldByPodRule',
      action: 'CreateJob',
      note: `task ${task}: ${message}`,
    });
  }
  const finished =
    workflow.status?.conditions?.some((c) => c.type === 'Succeeded' && c.status !== 'Unknown') ?? false;
  if (!finished && decision.outcome === 'Succeeded') {
    context.events.event(workflow, {
      type: 'Normal',
      reason: 'Succeeded',
      action: 'Run',
      note: `all ${decision.counts.total} tasks have succeeded`,
    });
  }
  if (!finished && decision.outcome === 'Failed') {
    context.events.event(workflow, {
      type: 'Warning',
      reason: 'Failed',
      action: 'Run',
      note: decision.failure ?? 'a task failed',
    });
  }
}
