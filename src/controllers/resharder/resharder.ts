/**
 * Keeps plans in force: binds tasks as they are released, and moves them when the cluster leaves the plan.
 *
 * It is the only writer of a ShardPlan's status. What is in force is the spec, overlaid by the status.
 */
import { FIELD_MANAGER, SHARD_PLANS } from '../../api/constants.ts';
import type { ShardPlan, Workflow } from '../../api/types.generated.ts';
import { planInForce } from '../../core/plan/in-force.ts';
import { timeWorkflows } from '../../core/plan/index.ts';
import { bind } from '../../core/reshard/bind.ts';
import { decideReshard, planOf as planIn, type ReshardDecision } from '../../core/reshard/decide.ts';
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
import { gatherSnapshot } from '../gather/snapshot.ts';
import { parseTime } from '../../api/times.ts';
import { isFinished, isManual, liveWorkflow, planName, planOf, resolved } from '../gather/workflows.ts';
import { gatherWorld } from './gather.ts';
import { planStatus } from './status.ts';

/** Windows slip without an event to tell of it, so plans are looked at this often. */
const PERIOD_MS = 60_000;

/** Between two tries to place a task that no node can take. */
const RETRY_MS = 15_000;

/** Keys are those of Workflows: a plan is found through its workflow. */
export function createResharder(context: ControllerContext): Controller {
  const { caches } = context;
  const controller = new Controller(context.env, {
    name: 'resharder',
    concurrency: 1,
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
  const { caches, settings, env } = context;
  const workflow = liveWorkflow(key, caches);
  if (workflow === undefined) return undefined;
  const plan = planOf(workflow, caches);
  if (plan === undefined || resolved(workflow, settings).problems.length > 0) return undefined;

  const now = env.clock.now();
  if (isFinished(workflow)) {
    await publish(context, plan, planStatus({ workflow, plan, now, result: undefined }), signal);
    return undefined;
  }

  const snapshot = gatherSnapshot(caches, settings, now);
  const id = { namespace: workflow.metadata.namespace ?? '', name: workflow.metadata.name ?? '' };
  if (!snapshot.workflows.some((w) => w.namespace === id.namespace && w.name === id.name)) return undefined;
  const kept = planIn(id, timeWorkflows(snapshot));
  const world = gatherWorld(workflow, plan, kept, caches, settings, now);
  const decision = decideReshard({ world, snapshot, workflow: id, kept });

  const states = new Map((workflow.status?.tasks ?? []).map((t) => [t.name, t.state]));
  const dependencies = new Map(resolved(workflow, settings).tasks.map((t) => [t.name, t.dependencies]));
  const bound = bind(planInForce(plan), new Map(decision.plan.assignments.map((a) => [a.task, a])), {
    now,
    notBeforeTime: parseTime(workflow.spec.notBeforeTime),
    asWritten: isManual(workflow),
    moved: decision.moved,
    released: (task) => (dependencies.get(task) ?? []).every((d) => states.get(d) === 'Succeeded'),
    unfinished: (task) => !['Succeeded', 'Failed', 'Omitted'].includes(states.get(task) ?? 'Pending'),
  });
  await publish(context, plan, planStatus({ workflow, plan, now, result: { decision, bound } }), signal);
  report(context, workflow, plan, decision, log);

  const lookAgainAt = Math.min(
    decision.lookAgainAt ?? Infinity,
    bound.lookAgainAt ?? Infinity,
    now + (decision.unplaced.length > 0 ? RETRY_MS : PERIOD_MS),
  );
  return { requeueAfterMs: Math.max(100, lookAgainAt - now) };
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
