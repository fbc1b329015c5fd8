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

/** By the policy's costs (choice.ts). Begun anew for each task. */
export class WindowSearch {
  best: Found | undefined;
  readonly #course: Course;
  readonly #bookings: Bookings;
  readonly #policy: Policy;
  /** What was looked at and is possible. */
  readonly #options: Options;
  /** By node: the search in which another look would find what was found already. */
  readonly #lookedAt: Int32Array;
  #search = 0;
  #task = 0;
  #readyAt = 0;
  #tolerance = 0;
  #ceiling = 1;
  #work = 0;
  /** By node. */
  #speed: Float64Array | undefined;
  /** No node is in a better one (tiers.ts). */
  #leastTier = 0;
  #bestTier = 4;
  #bestCost = Infinity;

  constructor(course: Course, bookings: Bookings, policy: Policy, options: Options) {
    this.#course = course;
    this.#bookings = bookings;
    this.#policy = policy;
    this.#options = options;
    this.#lookedAt = new Int32Array(course.columns.nowhere + 1);
  }

  /** @param isMinor does it wait for a quiet node, as the policy has it for what is not critical? */
  begin(task: number, readyAt: number, isMinor: boolean): void {
    const { ceilings, columns, tiers } = this.#course;
    const group = columns.group[task] ?? 0;
    this.#options.clear();
    this.best = undefined;
    this.#bestTier = 4;
    this.#bestCost = Infinity;
    this.#search += 1;
    this.#task = task;
    this.#readyAt = readyAt;
    this.#tolerance = isMinor ? CALM : this.#policy.tolerance;
    this.#ceiling = ceilings[columns.workflow[task] ?? 0] ?? 1;
    this.#work = columns.work[task] ?? 0;
    this.#speed = columns.groups[group]?.speed;
    this.#leastTier = tiers.leastOf(group);
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
    if (this.#lookedAt[node] === this.#search) return;
    const bookings = this.#bookings;
    let start = this.#readyAt + transfer;
    let isPossible = false;
    // A later start is tried while it can still win.
    while (!isPossible && start < Infinity && (start - this.#readyAt) * weight < this.#bestCost) {
      isPossible = bookings.follow(this.#task, node, start, this.#work);
      if (!isPossible) start = waits ? bookings.retryAt : Infinity;
    }
    if (isPossible || waits) this.#lookedAt[node] = this.#search;
    if (isPossible) this.#weigh(node, start, weight);
  }

  /** The run that was followed, against the best one. */
  #weigh(node: number, start: number, weight: number): void {
    const { end, contended, isBlind, penalty } = this.#bookings;
    const contention = end > start ? contended / (end - start) : 0;
    const tier = penalty > this.#tolerance ? NOT_TOLERATED : tierOf(isBlind, contention, this.#ceiling);
    const cost = (start - this.#readyAt + (end - start) * (1 + this.#policy.aversion * penalty)) * weight;
    this.#options.add(node, Math.min(OVER_CEILING, tier), cost, end, contention);
    if (tier > this.#bestTier || (tier === this.#bestTier && cost >= this.#bestCost)) return;
    this.#bestTier = tier;
    this.#bestCost = cost;
    this.best = { node, start, end, contended };
  }
}
