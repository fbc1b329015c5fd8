/**
 * A Workflow's conditions, from what is known of it.
 *
 * kstatus (and with it Argo CD and `kubectl wait`) reads Ready, Reconciling and Stalled together: under way,
 * done, or in need of a person. `Planned` is the sharder's own and not made here.
 */
import type { Condition, ShardPlan } from '../../api/types.generated.ts';
import type { Outcome, TaskCounts } from '../dispatch/workflow.ts';

/** A condition as it is decided; publishing adds the generation it is of, and when its status changed. */
export type NewCondition = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

export interface WorkflowFacts {
  readonly outcome: Outcome;
  readonly failure: string | undefined;
  readonly counts: TaskCounts;
  /** The spec is invalid, in words. */
  readonly invalid: string | undefined;
  readonly suspended: boolean;
  /** The sharder's condition, as last published. */
  readonly planned: Condition | undefined;
  /** The plan in force. */
  readonly plan: ShardPlan | undefined;
}

/** Reasons of `Planned=False` that will not pass by themselves. */
const NEEDS_A_PERSON = new Set(['InvalidSpec', 'NeverFits', 'PlanInvalid', 'PlanNameTaken', 'Escalated']);

export function workflowConditions(facts: WorkflowFacts): NewCondition[] {
  const summary = summarize(facts);
  const make = (
    type: string,
    status: Condition['status'],
    reason = summary.reason,
    message = summary.message,
  ): NewCondition => ({ type, status, reason, message });
  const running = facts.counts.running;
  return [
    make(
      'Running',
      running > 0 ? 'True' : 'False',
      running > 0 ? 'TasksRunning' : 'NoTaskRuns',
      `${running} of ${facts.counts.total} tasks run`,
    ),
    make(
      'Succeeded',
      facts.outcome === 'InProgress' ? 'Unknown' : facts.outcome === 'Succeeded' ? 'True' : 'False',
    ),
    make('Ready', summary.kind === 'Done' ? 'True' : 'False'),
    make('Reconciling', summary.kind === 'UnderWay' ? 'True' : 'False'),
    make('Stalled', summary.kind === 'Stuck' ? 'True' : 'False'),
  ];
}

interface Summary {
  readonly kind: 'Done' | 'UnderWay' | 'Stuck';
  readonly reason: string;
  readonly message: string;
}

function summarize(facts: WorkflowFacts): Summary {
  const { counts, planned, plan } = facts;
  const degraded = plan?.status?.conditions?.find((c) => c.type === 'Degraded' && c.status === 'True');
  const inactive = plan?.status?.conditions?.find((c) => c.type === 'Active' && c.status === 'False');
  if (facts.outcome === 'Succeeded')
    return { kind: 'Done', reason: 'Succeeded', message: `all ${counts.total} tasks have succeeded` };
  if (facts.outcome === 'Failed')
    return { kind: 'Stuck', reason: 'Failed', message: facts.failure ?? 'a task failed' };
  if (facts.invalid !== undefined) return { kind: 'Stuck', reason: 'InvalidSpec', message: facts.invalid };
  if (facts.suspended)
    return {
      kind: 'UnderWay',
      reason: 'Suspended',
      message: 'spec.suspend is true: no further task is started',
    };
  if (planned?.status === 'False') {
    return {
      kind: NEEDS_A_PERSON.has(planned.reason) ? 'Stuck' : 'UnderWay',
      reason: planned.reason,
      message: planned.message,
    };
  }
  if (degraded?.reason === 'Escalated')
    return { kind: 'Stuck', reason: 'Escalated', message: degraded.message };
  if (inactive?.reason === 'Paused') return { kind: 'UnderWay', reason: 'Paused', message: inactive.message };
  const done = `${counts.succeeded} of ${counts.total} tasks have succeeded`;
  if (facts.failure !== undefined)
    return { kind: 'UnderWay', reason: 'Failing', message: `${facts.failure}; ${counts.running} still run` };
  if (plan === undefined) return { kind: 'UnderWay', reason: 'Planning', message: 'waits for its plan' };
  return {
    kind: 'UnderWay',
    reason: counts.running > 0 ? 'Running' : 'Waiting',
    message: `${done}, ${counts.running} run`,
  };
}
