/**
 * Workflows whose planning was given up: it took too long, or it failed. They are left out until it is tried again,
 * each time later, so that the others go on.
 */
import type { Snapshot, TaskSnapshot, WorkflowSnapshot } from '../../core/plan/snapshot.ts';
import type { View, WorkflowId } from '../../core/reshard/look.ts';

export interface GivenUp {
  readonly reason: 'PlanningTimeout' | 'PlanningFailed';
  readonly message: string;
  /** Milliseconds: then it is tried again. */
  readonly until: number;
}

interface Entry extends GivenUp {
  readonly times: number;
}

/** Each time twice as long. */
const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;

export class SetAside {
  readonly #entries = new Map<string, Entry>();
  /** Workflows of the last plan that was made. */
  #planned = new Set<string>();

  /** Why it is left out at this time; undefined: it is not. */
  of(workflow: WorkflowId, now: number): GivenUp | undefined {
    const entry = this.#entries.get(keyOf(workflow));
    return entry !== undefined && now < entry.until ? entry : undefined;
  }

  add(workflow: WorkflowId, now: number, reason: GivenUp['reason'], message: string): GivenUp {
    const key = keyOf(workflow);
    const times = (this.#entries.get(key)?.times ?? 0) + 1;
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (times - 1));
    const entry = { reason, message, until: now + waitMs, times };
    this.#entries.set(key, entry);
    return entry;
  }

  /** A plan was made of all that are not left out. */
  succeeded({ now, workflows }: Snapshot): void {
    const taken = workflows.filter((w) => this.of(w, now) === undefined).map(keyOf);
    this.#planned = new Set(taken);
    const there = new Set(workflows.map(keyOf));
    for (const key of this.#entries.keys())
      if (this.#planned.has(key) || !there.has(key)) this.#entries.delete(key);
  }

  /**
   * The workflow that is most likely why a plan was not made: one that failed before; else one that has come since the
   * last plan that was made; else the largest. undefined: there is none left.
   */
  suspect({ now, workflows }: Snapshot): WorkflowId | undefined {
    const rank = (w: WorkflowSnapshot): number =>
      this.#entries.has(keyOf(w)) ? 2 : this.#planned.has(keyOf(w)) ? 0 : 1;
    const [first] = workflows
      .filter((w) => this.of(w, now) === undefined && w.tasks.some(isToCome))
      .sort((a, b) => rank(b) - rank(a) || toCome(b) - toCome(a) || (keyOf(a) < keyOf(b) ? -1 : 1));
    return first;
  }

  /** What is left out takes the room of what it has on nodes, and nothing else is planned of it. */
  without({ snapshot, provisional }: View): View {
    const { now } = snapshot;
    const workflows = snapshot.workflows.map((w) =>
      this.of(w, now) === undefined
        ? w
        : { ...w, tasks: w.tasks.filter(isOnNode).map((t): TaskSnapshot => ({ ...t, dependencies: [] })) },
    );
    return {
      snapshot: { ...snapshot, workflows },
      provisional: provisional.map((tasks, i) => (workflows[i] === snapshot.workflows[i] ? tasks : [])),
    };
  }
}

function isOnNode({ state }: TaskSnapshot): boolean {
  return state === 'Starting' || state === 'Running';
}

function isToCome({ state }: TaskSnapshot): boolean {
  return state === 'Pending';
}

function toCome({ tasks }: WorkflowSnapshot): number {
  return tasks.filter(isToCome).length;
}

const keyOf = ({ namespace, name }: WorkflowId): string => `${namespace}/${name}`;
