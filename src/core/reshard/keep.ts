/** One look at one workflow: what was found, what is decided, and what is in force from then on. */
import { parseTime } from '../../api/times.ts';
import { planInForce } from '../plan/in-force.ts';
import type { WorkflowPlan } from '../plan/snapshot.ts';
import { bind, type BindResult } from './bind.ts';
import { decideReshard, detect, type Detected, type GivenUpPlan, type ReshardDecision } from './decide.ts';
import { worldOf, type WorldInput } from './facts.ts';

export interface KeepInput extends WorldInput {
  /** See `ReshardInput`. */
  readonly placed: WorkflowPlan | undefined;
  readonly givenUp: GivenUpPlan | undefined;
}

export interface Kept {
  readonly detected: Detected;
  readonly decision: ReshardDecision;
  readonly bound: BindResult;
}

export function keepInForce(input: KeepInput): Kept {
  const { now, workflow, plan, tasks, asWritten, answer, placed, givenUp } = input;
  const detected = detect(worldOf(input));
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
  return { detected, decision, bound };
}
