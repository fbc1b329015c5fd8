/** Nodes that a task could be given are in tiers, and a better tier always wins. */
import type { Group } from './columns.ts';
import { PODS } from './dimensions.ts';
import type { Shortfalls } from './shortfalls.ts';

/** Expected to stay under the workflow's contention ceiling. */
const UNDER_CEILING = 0;
/** Without a forecast of something that the task asks for: planned on capacity less requests. */
export const NO_FORECAST = 1;
export const OVER_CEILING = 2;

/** Of a ceiling and scores that are sums of floating point. */
const ALIKE = 1e-9;

export function tierOf(isBlind: boolean, contention: number, ceiling: number): number {
  if (isBlind) return NO_FORECAST;
  return contention > ceiling + ALIKE ? OVER_CEILING : UNDER_CEILING;
}

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
   * is any history, it would otherwise look at every node for a better one.
   */
  leastOf(group: number): number {
    return (this.#least[group] ??= this.#canBeForeseen(this.#groups[group]) ? UNDER_CEILING : NO_FORECAST);
  }

  #canBeForeseen(group: Group | undefined): boolean {
    const resources = group?.used.filter((d) => d < PODS) ?? [];
    const isForeseen = (node: number): boolean => resources.every((r) => this.#shortfalls.knows(node, r));
    return group?.candidates.some(isForeseen) === true;
  }
}
