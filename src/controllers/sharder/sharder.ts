/**
 * Makes a ShardPlan for every Workflow (`planning.mode: Auto`), or checks the one from Git (`Manual`), and
 * says in the Workflow's condition Planned how that went. It writes specs of plans that it owns, never their
 * status: what is in force later is the resharder's.
 *
 * All workflows are planned together (planner/planning.ts), and those that are new at the same time share a plan.
 */
import { FIELD_MANAGER, SHARD_PLANS, WORKFLOWS } from '../../api/constants.ts';
import { summarizeProblems } from '../../api/problem.ts';
import { rfc3339 } from '../../api/times.ts';
import type { Workflow } from '../../api/types.generated.ts';
import type { NewCondition } from '../../core/conditions/workflow.ts';
import {
  Controller,
  applyIfChanged,
  identityOf,
  objectKey,
  setConditions,
  type Logger,
  type ReconcileResult,
} from '../../runtime/index.ts';
import { plannedWorkflow } from '../caches.ts';
import type { ControllerContext } from '../context.ts';
import { nodeFacts } from '../gather/nodes.ts';
import { isFinished, isManual, liveWorkflow, planName, planOf, resolved } from '../gather/workflows.ts';
import type { GivenUp } from '../planner/set-aside.ts';
import { learnedStatus } from './learned-status.ts';
import { checkManualPlan } from './manual-plan.ts';
import { generatedPlan, planOwner } from './generated-plan.ts';

/** Between two looks at a workflow that has no plan: nodes come back, and load falls. */
const RETRY_MS = 30_000;

/** Workflows that wait for the next plan together. */
const CONCURRENCY = 8;

export function createSharder(context: ControllerContext): Controller {
  const { caches } = context;
  const controller = new Controller(context.env, {
    name: 'sharder',
    concurrency: CONCURRENCY,
    reconcile: (key, { signal, log }) => new Reconcile(context, signal, log).run(key),
  });
  const unplanned = (): string[] =>
    caches.workflows.store
      .list()
      .filter((w) => !isFinished(w) && planOf(w, caches) === undefined)
      .map(objectKey);
  caches.learning.onChange((namespaces) => {
    for (const workflow of caches.workflows.store.list()) {
      if (!isFinished(workflow) && namespaces.has(workflow.metadata.namespace ?? ''))
        controller.enqueue(objectKey(workflow));
    }
  });
  return controller
    .for(caches.workflows)
    .watches(caches.plans, plannedWorkflow)
    .watches(caches.nodes, (node, old) => (old === undefined || hasChanged(node, old) ? unplanned() : []));
}

/** Heartbeats change a node every few seconds; only what plans depend on counts. */
function hasChanged(node: Parameters<typeof nodeFacts>[0], old: Parameters<typeof nodeFacts>[0]): boolean {
  const relevant = (n: typeof node): string =>
    JSON.stringify([
      nodeFacts(n, undefined),
      n.metadata?.labels,
      n.metadata?.annotations,
      n.status?.allocatable,
    ]);
  return relevant(node) !== relevant(old);
}

type Planned = Pick<NewCondition, 'status' | 'reason' | 'message'>;

class Reconcile {
  readonly #context: ControllerContext;
  readonly #signal: AbortSignal;
  readonly #log: Logger;

  constructor(context: ControllerContext, signal: AbortSignal, log: Logger) {
    this.#context = context;
    this.#signal = signal;
    this.#log = log;
  }

  async run(key: string): Promise<ReconcileResult | undefined> {
    const { caches, settings } = this.#context;
    const workflow = liveWorkflow(key, caches);
    if (workflow === undefined || isFinished(workflow)) return undefined;

    const { problems } = resolved(workflow, settings);
    const planned: Planned =
      problems.length > 0
        ? { status: 'False', reason: 'InvalidSpec', message: summarizeProblems(problems) }
        : isManual(workflow)
          ? this.#checkManual(workflow)
          : await this.#plan(workflow);
    await this.#publish(workflow, planned);
    const waits = planned.status === 'False' && planned.reason !== 'InvalidSpec';
    return waits ? { requeueAfterMs: RETRY_MS } : undefined;
  }

  #checkManual(workflow: Workflow): Planned {
    const { caches, settings } = this.#context;
    const plan = planOf(workflow, caches);
    if (plan === undefined) {
      const message = `spec.planning.mode is Manual and there is no ShardPlan ${planName(workflow)} for this workflow in the namespace: commit it, or set mode: Auto`;
      return { status: 'False', reason: 'PlanMissing', message };
    }
    const problem = checkManualPlan(plan, resolved(workflow, settings).tasks, caches.nodes.store);
    if (problem !== undefined) return { status: 'False', reason: 'PlanInvalid', message: problem };
    return {
      status: 'True',
      reason: 'PlanReady',
      message: `ShardPlan ${planName(workflow)} from Git is in force`,
    };
  }

  async #plan(workflow: Workflow): Promise<Planned> {
    const { caches, client, events, metrics, planning } = this.#context;
    const current = planOf(workflow, caches);
    const ready = (): Planned => ({
      status: 'True',
      reason: 'PlanReady',
      message: `ShardPlan ${planName(workflow)} is in force`,
    });
    if (current?.spec.workflowRef.generation === workflow.metadata.generation) return ready();

    const taken = caches.plans.store.get(`${workflow.metadata.namespace ?? ''}/${planName(workflow)}`);
    if (taken !== undefined && planOwner(taken)?.uid !== workflow.metadata.uid) {
      const message = `there is a ShardPlan ${planName(workflow)} that was not made for this workflow: delete or rename it, or set spec.planning.mode: Manual to use it`;
      return { status: 'False', reason: 'PlanNameTaken', message };
    }

    const id = { namespace: workflow.metadata.namespace ?? '', name: workflow.metadata.name ?? '' };
    const look = await planning.look(this.#signal);
    const answer = look.of(id);
    if (answer === undefined)
      return { status: 'False', reason: 'Planning', message: 'waits for the workflow to reach the cache' };
    if ('givenUp' in answer) return givenUpCondition(answer.givenUp);
    // A plan that is there already is kept, and gets what is new in the workflow.
    const plan = current === undefined ? answer.rolling : await look.place(id, []);
    if (plan === undefined)
      return { status: 'False', reason: 'Planning', message: 'the plan was given up, and is tried again' };
    const [first] = plan.unplaceable;
    if (first !== undefined) {
      const more = plan.unplaceable.length > 1 ? `; so are ${plan.unplaceable.length - 1} more tasks` : '';
      const message = `task ${first.task} is not placed: ${first.message}${more}`;
      const escalate = workflow.spec.resharding?.whenNoNodeFits === 'Escalate';
      const reason = plan.unplaceable.some((u) => u.permanent)
        ? 'NeverFits'
        : escalate
          ? 'Escalated'
          : 'NoNodeFits';
      return { status: 'False', reason, message };
    }

    const { object } = await applyIfChanged(
      client,
      SHARD_PLANS,
      caches.plans.store,
      generatedPlan(workflow, plan, look.now),
      {
        fieldManager: FIELD_MANAGER.sharder,
        signal: this.#signal,
      },
    );
    metrics.plans.inc();
    this.#log.info('planned', {
      workflow: objectKey(workflow),
      tasks: plan.assignments.length,
      plan: objectKey(object),
    });
    events.event(workflow, {
      type: 'Normal',
      reason: 'Planned',
      action: 'Plan',
      note: `planned ${plan.assignments.length} tasks on ${new Set(plan.assignments.map((a) => a.node)).size} nodes`,
      related: object,
    });
    return ready();
  }

  async #publish(workflow: Workflow, planned: Planned): Promise<void> {
    const { client, caches, env, settings } = this.#context;
    const plan = planOf(workflow, caches);
    const { generation } = workflow.metadata;
    const before = workflow.status?.conditions?.filter((c) => c.type === 'Planned');
    const learned = learnedStatus(workflow, resolved(workflow, settings).tasks, caches.learning);
    const predicted = plan?.status?.predictedCompletionTime ?? lastEnd(plan?.spec.assignments ?? []);
    await applyIfChanged(
      client,
      WORKFLOWS,
      caches.workflows.store,
      {
        ...identityOf(workflow),
        status: {
          ...(planned.status === 'True' ? { planRef: { name: planName(workflow) } } : {}),
          ...(planned.status === 'True' && predicted !== undefined
            ? { predictedCompletionTime: predicted }
            : {}),
          ...(learned.length > 0 ? { learned } : {}),
          conditions: setConditions(before, [{ type: 'Planned', ...planned }], {
            generation,
            now: env.clock.now(),
          }),
        },
      } as Workflow,
      { fieldManager: FIELD_MANAGER.sharder, subresource: 'status', signal: this.#signal },
    );
    if (planned.status === 'False' && before?.[0]?.reason !== planned.reason) {
      this.#context.events.event(workflow, {
        type: 'Warning',
        reason: planned.reason,
        action: 'Plan',
        note: planned.message,
      });
    }
  }
}

function givenUpCondition({ reason, message, until }: GivenUp): Planned {
  const retry = rfc3339(until);
  return {
    status: 'False',
    reason,
    message: `${message}; tried again at ${retry}. Split the workflow into smaller ones, or raise planning.limitSeconds in the operator's configuration`,
  };
}

function lastEnd(assignments: readonly { readonly endTime?: string }[]): string | undefined {
  return assignments
    .flatMap((a) => a.endTime ?? [])
    .sort()
    .at(-1);
}
