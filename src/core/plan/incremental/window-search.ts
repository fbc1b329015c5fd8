/** Looks for the node and the start at which a task's run costs least while a plan is mended (repair.ts). */
import { GOOD_ENOUGH, MANY_NODES } from '../choice.ts';
import type { Course } from '../course.ts';
import type { Options } from '../options.ts';
import { CALM, type Policy } from '../policy.ts';
import { OVER_CEILING, tierOf } from '../tiers.ts';
import type { Bookings } from './bookings.ts';

/** A tier beyond those of tiers.ts: of what the policy would not put up with. */
const NOT_TOLERATED = 3;

interface Found {
  readonly node: number;
  readonly start: number;
  readonly end: number;
  readonly contended: number;
}

/** By the policy's costs (choice.ts). */
export class WindowSearch {
  best: Found | undefined;
  /** What was looked at and is possible. */
  readonly #options: Options;
  readonly #bookings: Bookings;
  readonly #policy: Policy;
  readonly #task: number;
  readonly #readyAt: number;
  readonly #tolerance: number;
  readonly #ceiling: number;
  readonly #work: number;
  /** By node. */
  readonly #speed: Float64Array | undefined;
  /** No node is in a better one (tiers.ts). */
  readonly #leastTier: number;
  #bestTier = 4;
  #bestCost = Infinity;

  constructor(
    course: Course,
    bookings: Bookings,
    policy: Policy,
    task: number,
    readyAt: number,
    isMinor: boolean,
    options: Options,
  ) {
    const { columns } = course;
    options.clear();
    this.#options = options;
    this.#leastTier = course.tiers.leastOf(columns.group[task] ?? 0);
    this.#bookings = bookings;
    this.#policy = policy;
    this.#task = task;
    this.#readyAt = readyAt;
    this.#tolerance = isMinor ? CALM : policy.tolerance;
    this.#ceiling = course.ceilings[columns.workflow[task] ?? 0] ?? 1;
    this.#work = columns.work[task] ?? 0;
    this.#speed = columns.groups[columns.group[task] ?? 0]?.speed;
  }

  /** Nodes come by speed: can none that follows be (much) better? */
  isDone(node: number, candidates: number): boolean {
    if (this.#bestTier > this.#leastTier) return false;
    const duration = this.#work / (this.#speed?.[node] ?? 1);
    return duration * (candidates > MANY_NODES ? GOOD_ENOUGH : 1) >= this.#bestCost;
  }

  /** How many of the candidates, the fastest first, could still win. */
  worthwhile(candidates: Int32Array): number {
    let low = 0;
    let high = candidates.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.isDone(candidates[middle] ?? 0, candidates.length)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  get isGood(): boolean {
    return this.#bestTier === this.#leastTier;
  }

  /** @param waits may the task start later than it could? */
  look(node: number, transfer: number, weight: number, waits = true): void {
    const bookings = this.#bookings;
    let start = this.#readyAt + transfer;
    // A later start is tried while it can still win.
    while (start < Infinity && (start - this.#readyAt) * weight < this.#bestCost) {
      if (!bookings.follow(this.#task, node, start, this.#work)) {
        start = waits ? bookings.retryAt : Infinity;
        continue;
      }
      const { end, contended, penalty } = bookings;
      const contention = end > start ? contended / (end - start) : 0;
      const tier =
        penalty > this.#tolerance ? NOT_TOLERATED : tierOf(bookings.isBlind, contention, this.#ceiling);
      const cost = (start - this.#readyAt + (end - start) * (1 + this.#policy.aversion * penalty)) * weight;
      this.#options.add(node, Math.min(OVER_CEILING, tier), cost, end, contention);
      if (tier < this.#bestTier || (tier === this.#bestTier && cost < this.#bestCost)) {
        this.#bestTier = tier;
        this.#bestCost = cost;
        this.best = { node, start, end, contended };
      }
      return;
    }
  }
}
