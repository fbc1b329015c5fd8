/**
 * Planning as controllers ask for it. A plan is of all workflows at once, so those who ask while one is made share the
 * next, and there is only one planner, which goes on from where its last plan has led.
 *
 * Where a plan is not made in time, or the planner fails over it, one workflow after the other is set aside until the
 * rest can be planned. What is in force of one that is set aside stays in force.
 */
import type { WorkflowPlan } from '../../core/plan/snapshot.ts';
import { planIn, type Freed, type Looked, type View, type WorkflowId } from '../../core/reshard/look.ts';
import {
  abortReason,
  messageOf,
  ThreadDiedError,
  ThreadStoppedError,
  ThreadTimeoutError,
} from '../../runtime/index.ts';
import { LookGoneError, type LookId, type PlanEngine } from './engine.ts';
import { SetAside, type GivenUp } from './set-aside.ts';

export interface PlanningOptions {
  readonly engine: PlanEngine;
  /** The cluster as it is now. */
  readonly view: () => View;
  readonly onGivenUp?: (workflow: WorkflowId, givenUp: GivenUp) => void;
}

/** What is said of one workflow. */
export type Answer =
  { readonly kept: WorkflowPlan; readonly rolling: WorkflowPlan } | { readonly givenUp: GivenUp };

export class Planning {
  readonly #engine: PlanEngine;
  readonly #view: () => View;
  readonly #onGivenUp: (workflow: WorkflowId, givenUp: GivenUp) => void;
  readonly #aside = new SetAside();
  #current: Promise<unknown> = Promise.resolve();
  #next: Promise<Look> | undefined;

  constructor({ engine, view, onGivenUp = () => undefined }: PlanningOptions) {
    this.#engine = engine;
    this.#view = view;
    this.#onGivenUp = onGivenUp;
  }

  /** A plan of the cluster as it is now, or later. */
  look(signal: AbortSignal): Promise<Look> {
    this.#next ??= this.#current.then(() => {
      this.#next = undefined;
      const look = this.#look();
      this.#current = look.catch(() => undefined);
      return look;
    });
    return orAborted(this.#next, signal);
  }

  async #look(): Promise<Look> {
    let mayDie = true;
    for (;;) {
      const view = this.#view();
      const { snapshot } = view;
      try {
        const { id, ...looked } = await this.#engine.look(this.#aside.without(view));
        const givenUp = snapshot.workflows.map((w) => this.#aside.of(w, snapshot.now));
        this.#aside.succeeded(snapshot);
        return new Look(view, looked, givenUp, (workflow, leaving) =>
          this.#place(id, snapshot.now, workflow, leaving),
        );
      } catch (error) {
        // A thread may end for reasons that have nothing to do with what it does.
        const isForgiven = error instanceof ThreadDiedError && mayDie;
        mayDie = false;
        if (!isForgiven) this.#giveUp(this.#aside.suspect(snapshot), snapshot.now, error);
      }
    }
  }

  async #place(
    look: LookId,
    now: number,
    workflow: WorkflowId,
    leaving: readonly Freed[],
  ): Promise<WorkflowPlan | undefined> {
    try {
      return await this.#engine.place({ look, workflow, leaving });
    } catch (error) {
      if (error instanceof Error && error.name === LookGoneError.name) throw error;
      this.#giveUp(workflow, now, error);
      return undefined;
    }
  }

  /** Throws the error where it is nobody's fault. */
  #giveUp(workflow: WorkflowId | undefined, now: number, error: unknown): void {
    if (workflow === undefined || error instanceof ThreadStoppedError) throw error;
    const reason = error instanceof ThreadTimeoutError ? 'PlanningTimeout' : 'PlanningFailed';
    this.#onGivenUp(workflow, this.#aside.add(workflow, now, reason, messageOf(error)));
  }
}

/** What a plan of all workflows says of each. */
export class Look {
  /** Milliseconds: of the snapshot. */
  readonly now: number;
  readonly #view: View;
  readonly #looked: Looked;
  readonly #givenUp: readonly (GivenUp | undefined)[];
  readonly #place: (workflow: WorkflowId, leaving: readonly Freed[]) => Promise<WorkflowPlan | undefined>;

  constructor(
    view: View,
    looked: Looked,
    givenUp: readonly (GivenUp | undefined)[],
    placing: (workflow: WorkflowId, leaving: readonly Freed[]) => Promise<WorkflowPlan | undefined>,
  ) {
    this.now = view.snapshot.now;
    this.#view = view;
    this.#looked = looked;
    this.#givenUp = givenUp;
    this.#place = placing;
  }

  /** undefined: the workflow was not known yet. */
  of(workflow: WorkflowId): Answer | undefined {
    const { workflows } = this.#view.snapshot;
    const at = workflows.findIndex((w) => w.namespace === workflow.namespace && w.name === workflow.name);
    const givenUp = this.#givenUp[at];
    if (givenUp !== undefined) return { givenUp };
    const [kept, rolling] = [planIn(workflow, this.#looked.kept), planIn(workflow, this.#looked.rolling)];
    return kept === undefined || rolling === undefined ? undefined : { kept, rolling };
  }

  /** The workflow's plan with these tasks elsewhere, and all others where they are; undefined: it was given up. */
  place(workflow: WorkflowId, leaving: readonly Freed[]): Promise<WorkflowPlan | undefined> {
    return this.#place(workflow, leaving);
  }
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(abortReason(signal));
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', abort));
}
