/**
 * Binding: from when on a task's assignment is acted on.
 *
 * A plan is published ahead and binds late (design, section 5): an assignment stays provisional until its
 * task is released, that is until its dependencies have succeeded and its start has come. Not a moment before: its
 * Job is made at the start all the same, and what ends late, or a forecast that comes just then, still counts.
 */
import type { Assignment } from '../plan/snapshot.ts';
import type { InForce } from '../plan/in-force.ts';

/** A start so near has come: to look again for it would cost more than it could tell. */
export const AT_ONCE_MS = 100;

export interface BindInput {
  readonly now: number;
  readonly notBeforeTime: number | undefined;
  /** The plan's windows are the user's (`planning.mode: Manual`) and are not re-timed. */
  readonly asWritten: boolean;
  /** Decided to leave their node: only these change it once they are bound. */
  readonly moved: ReadonlySet<string>;
  readonly released: (task: string) => boolean;
  readonly unfinished: (task: string) => boolean;
}

export interface BindResult {
  readonly assignments: InForce[];
  readonly newlyBound: readonly string[];
  readonly lookAgainAt: number | undefined;
}

/** Has the time come to bind a task that is released? */
export function isDue(
  startTime: number | undefined,
  notBeforeTime: number | undefined,
  now: number,
): boolean {
  return dueTime(startTime, notBeforeTime) <= now + AT_ONCE_MS;
}

function dueTime(startTime: number | undefined, notBeforeTime: number | undefined): number {
  return Math.max(startTime ?? 0, notBeforeTime ?? 0);
}

/**
 * @param inForce what is in force, by task
 * @param planned what the planner now says, by task; a task without keeps what is in force
 */
export function bind(
  inForce: ReadonlyMap<string, InForce>,
  planned: ReadonlyMap<string, Assignment>,
  input: BindInput,
): BindResult {
  const newlyBound: string[] = [];
  let lookAgainAt: number | undefined;
  const assignments = [...inForce.values()].map((old): InForce => {
    const plan = planned.get(old.task);
    if (plan === undefined || !input.unfinished(old.task)) return old;
    const moved = input.moved.has(old.task);
    const window = input.asWritten && !moved ? old : plan;
    const next: InForce = {
      task: old.task,
      node: plan.node,
      startTime: window.startTime,
      endTime: window.endTime,
      contention: plan.contention,
      binding: 'Provisional',
    };
    // What still runs on the node that a task is to leave is planned there: the move stands all the same.
    if (old.binding === 'Bound' && !moved) return { ...old, contention: plan.contention };
    if (!input.released(old.task)) return next;
    const dueAt = dueTime(next.startTime, input.notBeforeTime);
    if (dueAt > input.now + AT_ONCE_MS) {
      lookAgainAt = Math.min(lookAgainAt ?? Infinity, dueAt);
      return next;
    }
    newlyBound.push(old.task);
    return { ...next, binding: 'Bound' };
  });
  return { assignments, newlyBound, lookAgainAt };
}
