/** Everything learned so far. A run is added in constant time; what is asked of its type is made anew when it is asked. */
import { TypeRuns } from './type-runs.ts';
import type { FinishedRun } from './types.ts';

export class TaskLearner {
  readonly #types = new Map<string, TypeRuns>();

  add(run: FinishedRun): void {
    if (run.type === '' || !Number.isFinite(run.seconds) || run.seconds < 0 || !(run.speed > 0)) return;
    const key = keyOf(run.namespace, run.type);
    const runs = this.#types.get(key) ?? new TypeRuns();
    runs.add(run);
    this.#types.set(key, runs);
  }

  /** Undefined: nothing was learned of it. */
  of(namespace: string, type: string): TypeRuns | undefined {
    return this.#types.get(keyOf(namespace, type));
  }
}

const keyOf = (namespace: string, type: string): string => `${namespace}/${type}`;
