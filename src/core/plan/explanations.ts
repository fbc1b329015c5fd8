/**
 * Why tasks are where they are: of each the best options that it had, and by when it could have ended at all. In columns, a
 * few rows for each task, of which publish.ts makes what is said of them.
 */
import type { Shortlist } from './ahead/index.ts';
import { Options, type Option } from './options.ts';

/** Options that are kept of a task. */
export const MOST_KEPT = 4;

export class Explanations {
  readonly tasks: number;
  /** By task: by when it could have ended on any node, seconds from now. Infinity: of what is not explained. */
  readonly soonestEnd: Float64Array;
  /** By task: how many options are kept. */
  readonly #count: Uint8Array;
  /** `MOST_KEPT` rows for each task, the best option first. */
  readonly #kept: Options;
  /** Positions of the best options that were seen so far of those that are looked through. */
  readonly #best = new Int32Array(MOST_KEPT);

  constructor(tasks: number) {
    this.tasks = tasks;
    this.soonestEnd = new Float64Array(tasks).fill(Infinity);
    this.#count = new Uint8Array(tasks);
    this.#kept = new Options(tasks * MOST_KEPT);
  }

  /** Of what a task could be given, the best is kept; of those that are equal the first. */
  keep(task: number, options: Options): void {
    const { count, tier, cost, end } = options;
    let kept = 0;
    let soonestEnd = Infinity;
    let worstTier = 0;
    let worstCost = 0;
    for (let i = 0; i < count; i++) {
      const ends = end[i] ?? Infinity;
      if (ends < soonestEnd) soonestEnd = ends;
      // Most are worse than all that are kept.
      const isWorse =
        (tier[i] ?? 0) > worstTier || ((tier[i] ?? 0) === worstTier && (cost[i] ?? 0) >= worstCost);
      if (kept === MOST_KEPT && isWorse) continue;
      kept = this.#insert(i, kept, options);
      const worst = this.#best[kept - 1] ?? 0;
      worstTier = tier[worst] ?? 0;
      worstCost = cost[worst] ?? 0;
    }
    this.soonestEnd[task] = soonestEnd;
    this.#count[task] = kept;
    for (let at = 0; at < kept; at++) this.#kept.copy(options, this.#best[at] ?? 0, task * MOST_KEPT + at);
  }

  /** Of the runs that a plan ahead weighed: all of one tier, with nothing short, and the best first. */
  keepRuns(task: number, tier: number, { count, node, end }: Shortlist): void {
    this.soonestEnd[task] = end[0] ?? Infinity;
    this.#count[task] = count;
    const row = task * MOST_KEPT;
    for (let at = 0; at < count; at++)
      this.#kept.put(row + at, node[at] ?? 0, tier, end[at] ?? 0, end[at] ?? 0, 0);
  }

  #insert(i: number, kept: number, options: Options): number {
    const best = this.#best;
    let at = Math.min(kept, MOST_KEPT - 1);
    for (; at > 0 && options.isBetter(i, best[at - 1] ?? 0); at--) best[at] = best[at - 1] ?? 0;
    best[at] = i;
    return Math.min(kept + 1, MOST_KEPT);
  }

  /** The best first. */
  of(task: number): Option[] {
    const options: Option[] = [];
    const count = this.#count[task] ?? 0;
    for (let at = 0; at < count; at++) options.push(this.#kept.at(task * MOST_KEPT + at));
    return options;
  }

  copy(): Explanations {
    const copy = new Explanations(this.tasks);
    copy.soonestEnd.set(this.soonestEnd);
    copy.#count.set(this.#count);
    copy.#kept.set(this.#kept);
    return copy;
  }
}
