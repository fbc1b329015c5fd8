/**
 * What ran where and when, gathered from the status of workflows as it changes: a status keeps a task's last attempt
 * only, and the chart shows those that were lost as well.
 */
import type { Workflow } from '../../src/api/types.generated.ts';

/** One attempt of a task; times in ms since the epoch, undefined while it has not come. */
export interface Attempt {
  readonly workflow: string;
  readonly task: string;
  readonly number: number;
  readonly node: string;
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly state: string;
}

/** `namespace/name`. */
export function nameOf(object: { metadata: { namespace?: string; name?: string } }): string {
  return `${object.metadata.namespace ?? 'default'}/${object.metadata.name ?? ''}`;
}

/** The attempts seen so far. */
export class Attempts {
  readonly #seen = new Map<string, Attempt>();

  /** Takes in the workflows as they are now; returns the attempts that are new or whose state has changed. */
  observe(workflows: readonly Workflow[], now: number): Attempt[] {
    return workflows.flatMap((workflow) => this.#observeOne(workflow, now));
  }

  /** In order of start; those of one task in order of attempt. */
  of(workflow: string): Attempt[] {
    return [...this.#seen.values()]
      .filter((attempt) => attempt.workflow === workflow)
      .sort((a, b) => (a.start ?? Infinity) - (b.start ?? Infinity) || a.number - b.number);
  }

  #observeOne(object: Workflow, now: number): Attempt[] {
    const workflow = nameOf(object);
    return (object.status?.tasks ?? []).flatMap(
      ({ name, state, attempt, node, startTime, completionTime }) => {
        if (attempt === undefined || node === undefined) return [];
        const key = `${workflow}/${name}/${attempt}`;
        const next: Attempt = {
          workflow,
          task: name,
          number: attempt,
          node,
          start: timeOf(startTime),
          end: timeOf(completionTime),
          state,
        };
        const before = this.#seen.get(key);
        this.#seen.set(key, next);
        this.#endEarlier(`${workflow}/${name}/${attempt - 1}`, now);
        return before?.state === state ? [] : [next];
      },
    );
  }

  /** An attempt that the next one has replaced never gets an end in the status. */
  #endEarlier(key: string, now: number): void {
    const earlier = this.#seen.get(key);
    if (earlier?.end === undefined && earlier !== undefined)
      this.#seen.set(key, { ...earlier, end: now, state: 'Lost' });
  }
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
