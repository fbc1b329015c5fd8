/**
 * One look at one workflow, in two steps: what is found, and what is in force from then on. Between them a place may be
 * looked for, for what must leave its node.
 */
import { parseTime } from '../../api/times.ts';
import { planInForce } from '../plan/in-force.ts';
import type { WorkflowPlan } from '../plan/snapshot.ts';
import { bind, type BindResult } from './bind.ts';
import { decideReshard, detect, type Detected, type GivenUpPlan, type ReshardDecision } from './decide.ts';
import { worldOf, type WorldInput } from './facts.ts';

/** A workflow at one moment, and what its causes find in it. */
export interface Found extends WorldInput {
  readonly detected: Detected;
}

export interface Kept {
  readonly decision: ReshardDecision;
  readonly bound: BindResult;
}

export function find(input: WorldInput): Found {
  return { ...input, detected: detect(worldOf(input)) };
}

/**
 * @param placed the plan with `tasksToPlace` of what was found elsewhere; see `ReshardInput`
 */
export function keepInForce(
  { now, workflow, plan, tasks, asWritten, answer, detected }: Found,
  placed?: WorkflowPlan,
  givenUp?: GivenUpPlan,
): Kept {
  const decision = decideReshard({ detected, ...answer, placed, givenUp });
  const states = new Map((workflow.status?.tasks ?? []).map((t) => [t.name, t.state]));
  const dependencies = new Map(tasks.map((t) => [t.name, t.dependencies]));
  const bound = bind(planInForce(plan), new Map(decision.plan.assignments.map((a) => [a.task, a])), {
    now,
    notBeforeTime: parseTime(workflow.spec.notBeforeTime),
    asWritten,
    moved: decision.moved,
    released: (task) => (dependencies.get(task) ?? []).every((d) => states.get(d) === 'Succeeded'),
    unfinished: (task) => !['Succeeded', 'Failed', 'Omitted'].includes(states.get(task) ?? 'Pending'),
  });
  return { decision, bound };
}
