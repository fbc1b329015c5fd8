/**
 * Keeps plans in force: binds tasks as they are released, and moves them when the cluster leaves the plan.
 *
 * It is the only writer of a ShardPlan's status. What is in force is the spec, overlaid by the status.
 */
import { FIELD_MANAGER, SHARD_PLANS } from '../../api/constants.ts';
import type { ShardPlan, Workflow } from '../../api/types.generated.ts';
import type { WorkflowPlan } from '../../core/plan/snapshot.ts';
import { AT_ONCE_MS } from '../../core/reshard/bind.ts';
import { tasksToPlace, type GivenUpPlan, type ReshardDecision } from '../../core/reshard/decide.ts';
import { publishedAnswer } from '../../core/reshard/facts.ts';
import { find, keepInForce, type Found } from '../../core/reshard/keep.ts';
import type { WorkflowId } from '../../core/reshard/look.ts';
import {
  Controller,
  applyIfChanged,
  identityOf,
  objectKey,
  type Logger,
  type ReconcileContext,
  type ReconcileResult,
} from '../../runtime/index.ts';
import { plannedWorkflow, workflowKeys } from '../caches.ts';
import type { ControllerContext } from '../context.ts';
import { nodeFacts } from '../gather/nodes.ts';
import { rfc3339 } from '../../api/times.ts';
import type { Look } from '../planner/planning.ts';
import type { GivenUp } from '../planner/set-aside.ts';
import { isFinished, liveWorkflow, planName, planOf, resolved } from '../gather/workflows.ts';
import { gatherWorld } from './gather.ts';
import { planStatus } from './status.ts';

/** Windows slip without an event to tell of it, so plans are looked at this often. */
const PERIOD_MS = 60_000;

/** Between two tries to place a task that no node can take. */
const RETRY_MS = 15_000;

/** Workflows that wait for the next plan together. */
const CONCURRENCY = 8;

/** Keys are those of Workflows: a plan is found through its workflow. */
export function createResharder(context: ControllerContext): Controller {
  const { caches } = context;
  const controller = new Controller(context.env, {
    name: 'resharder',
    concurrency: CONCURRENCY,
    reconcile: (key, run) => reconcile(context, key, run),
  });
  const active = (): string[] =>
    caches.workflows.store
      .list()
      .filter((w) => !isFinished(w))
      .map(objectKey);
  return controller
    .for(caches.workflows)
    .watches(caches.plans, plannedWorkflow)
    .watches(caches.pods, workflowKeys)
    .watches(caches.forecasts, active)
    .watches(caches.nodes, (node, old) => {
      const facts = (n: typeof node): string => JSON.stringify(nodeFacts(n, undefined));
      return old === undefined || facts(node) !== facts(old) || node.metadata?.deletionTimestamp !== undefined
        ? active()
        : [];
    });
}

async function reconcile(
  context: ControllerContext,
  key: string,
  { signal, log }: ReconcileContext,
): Promise<ReconcileResult | undefined> {
  const { env } = context;
  const before = currentOf(context, key);
  if (before === undefined) return undefined;
  const look = isFinished(before.workflow) ? undefined : await context.planning.look(signal);
  let seen = see(context, key, look);
  const toPlace = seen?.found === undefined ? [] : tasksToPlace(seen.found.detected);
  let placed: WorkflowPlan | undefined;
  if (toPlace.length > 0) {
    placed = await look?.place(idOf(before.workflow), toPlace);
    // While it was planned tasks have started and ended: what is decided is decided of what they are now.
    seen = see(context, key, look);
  }
  if (seen === undefined) return undefined;

  const { workflow, plan, now, found, givenUp } = seen;
  if (found === undefined) {
    await publish(context, plan, planStatus({ workflow, plan, now, result: undefined }), signal);
    return undefined;
  }
  const result = keepInForce(found, placed, givenUp);
  const { decision, bound } = result;
  await publish(context, plan, planStatus({ workflow, plan, now, result }), signal);
  report(context, workflow, plan, decision, log);
  const lookAgainAt = Math.min(
    decision.lookAgainAt ?? Infinity,
    bound.lookAgainAt ?? Infinity,
    now + (decision.unplaced.length > 0 ? RETRY_MS : PERIOD_MS),
  );
  return { requeueAfterMs: Math.max(AT_ONCE_MS, lookAgainAt - env.clock.now()) };
}

interface Seen {
  readonly workflow: Workflow;
  readonly plan: ShardPlan;
  readonly now: number;
  /** undefined: the workflow has finished. */
  readonly found?: Found;
  readonly givenUp?: GivenUpPlan;
}

/** Without waiting for anything, so that it is about one moment. undefined: there is nothing to be kept in force. */
function see(context: ControllerContext, key: string, look: Look | undefined): Seen | undefined {
  const { caches, settings, env } = context;
  const current = currentOf(context, key);
  if (current === undefined) return undefined;
  const { workflow, plan } = current;
  const now = env.clock.now();
  if (isFinished(workflow)) return { workflow, plan, now };
  const answer = look?.of(idOf(workflow));
  if (answer === undefined) return undefined;
  const isGivenUp = 'givenUp' in answer;
  const plans = isGivenUp ? publishedAnswer(workflow, plan, now) : answer;
  const found = find(gatherWorld(workflow, plan, plans, caches, settings, now));
  return { workflow, plan, now, found, ...(isGivenUp ? { givenUp: givenUpPlan(answer.givenUp) } : {}) };
}

/** The workflow and its plan, where both can be used. */
function currentOf(
  { caches, settings }: ControllerContext,
  key: string,
): { readonly workflow: Workflow; readonly plan: ShardPlan } | undefined {
  const workflow = liveWorkflow(key, caches);
  const plan = workflow === undefined ? undefined : planOf(workflow, caches);
  if (workflow === undefined || plan === undefined) return undefined;
  return resolved(workflow, settings).problems.length > 0 ? undefined : { workflow, plan };
}

function idOf({ metadata }: Workflow): WorkflowId {
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
}

function givenUpPlan({ reason, message, until }: GivenUp): GivenUpPlan {
  return { reason, message: `${message}; what is in force stays, and is planned again at ${rfc3339(until)}` };
}

async function publish(
  context: ControllerContext,
  plan: ShardPlan,
  status: NonNullable<ShardPlan['status']>,
  signal: AbortSignal,
): Promise<void> {
  const desired = { ...identityOf(plan), status } as ShardPlan;
  await applyIfChanged(context.client, SHARD_PLANS, context.caches.plans.store, desired, {
    fieldManager: FIELD_MANAGER.resharder,
    subresource: 'status',
    signal,
  });
}

function report(
  context: ControllerContext,
  workflow: Workflow,
  plan: ShardPlan,
  decision: ReshardDecision,
  log: Logger,
): void {
  for (const { cause, node, message, moves } of decision.reshards) {
    const list = moves.slice(0, 5).map((m) => `${m.task} ${m.from} → ${m.to}`);
    const more = moves.length > list.length ? ` and ${moves.length - list.length} more` : '';
    context.metrics.reshards.inc({ cause });
    context.metrics.movedTasks.inc({ cause }, moves.length);
    log.info('resharded', { workflow: objectKey(workflow), cause, node, moved: moves.length });
    for (const regarding of [plan, workflow]) {
      context.events.event(regarding, {
        type: 'Normal',
        reason: 'Resharded',
        action: cause,
        note: `${message}; moved ${list.join(', ')}${more}`,
      });
    }
  }
  const was = plan.status?.conditions ?? [];
  const escalated = decision.escalations[0];
  if (escalated !== undefined && !was.some((c) => c.type === 'Degraded' && c.message === escalated)) {
    context.events.event(workflow, {
      type: 'Warning',
      reason: 'Escalated',
      action: 'Reshard',
      note: escalated,
    });
  }
  const { givenUp } = decision;
  if (givenUp !== undefined && !was.some((c) => c.type === 'Degraded' && c.reason === givenUp.reason)) {
    context.events.event(workflow, {
      type: 'Warning',
      action: 'Plan',
      reason: givenUp.reason,
      note: givenUp.message,
    });
  }
  const stuck = decision.unplaced[0];
  if (stuck !== undefined && !was.some((c) => c.type === 'Degraded' && c.status === 'True')) {
    context.events.event(workflow, {
      type: 'Warning',
      reason: 'NoNodeFits',
      action: 'Reshard',
      note: `task ${stuck.task} of plan ${planName(workflow)} cannot be moved: ${stuck.message}`,
    });
  }
}
