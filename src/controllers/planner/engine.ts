/** What the operator asks for plans: the calling thread itself, or a thread of its own (`planner-thread.ts`). */
import type { Snapshot, WorkflowPlan } from '../../core/plan/snapshot.ts';
import {
  LivePlanner,
  place,
  type Freed,
  type Looked,
  type View,
  type WorkflowId,
} from '../../core/reshard/look.ts';

/** Of each look, until others have come. */
export type LookId = number;

export interface PlaceQuestion {
  /** Of whose snapshot. */
  readonly look: LookId;
  readonly workflow: WorkflowId;
  readonly leaving: readonly Freed[];
}

export interface PlanEngine {
  /** The next look at the cluster. */
  look(view: View): Promise<Looked & { readonly id: LookId }>;
  /** Rejects with a LookGoneError. */
  place(question: PlaceQuestion): Promise<WorkflowPlan>;
  close(): Promise<void>;
}

/** The question is about a snapshot that is no longer kept: it is to be asked anew, of a newer one. */
export class LookGoneError extends Error {
  override readonly name = 'LookGoneError';
}

/** Snapshots that questions may be about: those that are under way when the next look is taken. */
const LOOKS_KEPT = 8;

/** The planner and the last snapshots. No clock, no input and output. */
export class Looks {
  readonly #planner = new LivePlanner();
  readonly #snapshots = new Map<LookId, Snapshot>();

  look(id: LookId, view: View): Looked {
    this.#snapshots.set(id, view.snapshot);
    for (const old of this.#snapshots.keys()) if (old <= id - LOOKS_KEPT) this.#snapshots.delete(old);
    return this.#planner.look(view);
  }

  place({ look, workflow, leaving }: PlaceQuestion): WorkflowPlan {
    const snapshot = this.#snapshots.get(look);
    const plan = snapshot === undefined ? undefined : place(snapshot, workflow, leaving);
    if (plan === undefined) {
      const name = `${workflow.namespace}/${workflow.name}`;
      throw new LookGoneError(`the look that told of workflow ${name} is no longer kept: take another one`);
    }
    return plan;
  }
}

/** Plans in the calling thread: for tests, and where nothing else waits. */
export function directPlanEngine(): PlanEngine {
  const looks = new Looks();
  let id = 0;
  const told = <T>(work: () => T): Promise<T> =>
    new Promise((resolve) => {
      resolve(work());
    });
  return {
    look: (view) =>
      told(() => {
        id += 1;
        return { id, ...looks.look(id, view) };
      }),
    place: (question) => told(() => looks.place(question)),
    close: () => Promise.resolve(),
  };
}
