/**
 * Nodes that a task could be given are in tiers, and a better tier always wins: 0, expected to stay under the workflow's
 * contention ceiling; 1, without a forecast of something that the task asks for (planned on capacity less requests); 2,
 * over the ceiling.
 */
import type { Group } from './columns.ts';
import { PODS } from './dimensions.ts';
import type { Shortfalls } from './shortfalls.ts';

export class Tiers {
  readonly #groups: readonly Group[];
  readonly #shortfalls: Shortfalls;
  /** By group; filled as groups are asked for. */
  readonly #least: number[] = [];

  constructor(groups: readonly Group[], shortfalls: Shortfalls) {
    this.#groups = groups;
    this.#shortfalls = shortfalls;
  }

  /**
   * The tier that no node betters for tasks of a group: a search may end in it. Where nothing is forecast, as before there
   * is any history, it would otherwise look at every node for one of tier 0.
   */
  leastOf(group: number): number {
    return (this.#least[group] ??= this.#canBeForeseen(this.#groups[group]) ? 0 : 1);
  }

  #canBeForeseen(group: Group | undefined): boolean {
    const resources = group?.used.filter((d) => d < PODS) ?? [];
    const isForeseen = (node: number): boolean => resources.every((r) => this.#shortfalls.knows(node, r));
    return group?.candidates.some(isForeseen) === true;
  }
}
