/**
 * Where a task starts now, by a policy: on the node where its run costs least, if that is good enough.
 *
 * A run costs its transfer, its expected duration, and a share of that for contention: what the task suffers,
 * the speed that it loses, and what it adds to those that are there. Own load is held constant over the run, as
 * a stand-in for tasks that come later. A better tier (tiers.ts) always wins.
 */
import { NO_NODE, type Board } from './board.ts';
import { transferSeconds, type Group } from './columns.ts';
import type { Course } from './course.ts';
import { CPU, MEMORY, PODS } from './dimensions.ts';
import { MOST_KEPT } from './explanations.ts';
import { Options } from './options.ts';
import type { Shortfalls } from './shortfalls.ts';
import { CALM, SHORTEST_PATIENCE, type Policy } from './policy.ts';
import { slotAt, type Slots } from './slots.ts';
import { SLOWEST } from './stretch.ts';
import { tierOf, type Tiers } from './tiers.ts';

/** A node whose memory is likelier to overflow is not used: tasks there would be stopped, not slowed. */
export const MEMORY_RISK = 0.35;
/** With more nodes, the first that cannot be bettered by so much is taken. */
export const MANY_NODES = 128;
export const GOOD_ENOUGH = 1.02;
const ALIKE = 1e-9;
/**
 * The last bit of a node's room costs so much more than the first: forecasts err, and where they do all tasks of a node
 * are short, and moved or waited for, together.
 */
const FULLNESS = 0.1;

export class Choice {
  /** What the task could be given, of the last choice that was asked to explain itself. */
  readonly options: Options;
  /** Nodes looked at, over all choices. */
  looks = 0;
  readonly #board: Board;
  readonly #shortfalls: Shortfalls;
  readonly #slots: Slots;
  readonly #ceilings: Float64Array;
  readonly #tiers: Tiers;
  #penalty = 0;
  #contention = 0;
  #stretch = 1;

  constructor({ shortfalls, slots, ceilings, tiers }: Course, board: Board) {
    this.options = new Options(board.columns.nowhere);
    this.#board = board;
    this.#tiers = tiers;
    this.#shortfalls = shortfalls;
    this.#slots = slots;
    this.#ceilings = ceilings;
  }

  /**
   * NO_NODE: the task waits.
   *
   * @param top the highest rank of what is not done
   * @param only nodes to look at; undefined: all
   */
  choose(
    task: number,
    now: number,
    policy: Policy,
    top: number,
    explain: boolean,
    only?: readonly number[],
  ): number {
    const { columns, readyAt } = this.#board;
    const groupIndex = columns.group[task] ?? 0;
    const group = columns.groups[groupIndex];
    if (group === undefined) return NO_NODE;
    const leastTier = this.#tiers.leastOf(groupIndex);
    const isMinor = (columns.rank[task] ?? 0) < policy.critical * top;
    const tolerance = isMinor ? CALM : policy.tolerance;
    const isDue = !isMinor && isOverdue(policy, now - (readyAt[task] ?? 0), columns.work[task] ?? 0);
    const ceiling = this.#ceilings[columns.workflow[task] ?? 0] ?? 1;
    const hasMany = group.candidates.length > MANY_NODES;
    let best = NO_NODE;
    let bestTier = 3;
    let bestCost = Infinity;
    let bestCrowding = Infinity;
    let forced = NO_NODE;
    let forcedCost = Infinity;
    const fastest = group.speed[group.candidates[0] ?? 0] ?? 1;
    const slowest = fastest / policy.reach;
    if (explain) this.options.clear();
    for (const node of only ?? group.candidates) {
      this.looks += 1;
      const duration = (columns.work[task] ?? 0) / (group.speed[node] ?? 1);
      if (only === undefined) {
        // Nodes come by speed: none that follows can be done (much) sooner.
        const isEnough = hasMany
          ? duration * GOOD_ENOUGH >= bestCost
          : duration > bestCost && (!explain || this.#isExplained(leastTier, duration, bestCost, now));
        if (bestTier === leastTier && isEnough) break;
      } else if (group.isCandidate[node] !== 1) continue;
      if (!this.#hasRoom(group, node)) continue;
      const isSlow = (group.speed[node] ?? 1) < slowest;
      // A slow node is worth waiting for a fast one, and yet better than a fast one that is contended.
      if (isSlow && (bestTier === 0 || best === NO_NODE)) continue;
      const transfer = transferSeconds(columns, this.#board.node, task, node);
      const isBlind = this.#expect(group, node, now + transfer, duration, policy.consideration);
      if (this.#penalty === Infinity) continue;
      const expected = duration * this.#stretch;
      const reluctance = group.rules.preferred.length > 0 ? this.#reluctance(group, node) : 0;
      const crowding = hasMany ? 0 : this.#crowding(group, node);
      const cost =
        (transfer + expected * (1 + reluctance + policy.aversion * this.#penalty)) *
        (1 + FULLNESS * crowding);
      const tier = tierOf(isBlind, this.#contention, ceiling);
      if (explain) this.options.add(node, tier, cost, now + transfer + expected, this.#contention);
      if (this.#penalty > tolerance) {
        if (isDue && cost < forcedCost && this.#holdsNow(group, node, now)) {
          forcedCost = cost;
          forced = node;
        }
        continue;
      }
      if (tier > bestTier) continue;
      const isAlike = tier === bestTier && Math.abs(cost - bestCost) <= ALIKE * bestCost;
      if (isAlike ? crowding < bestCrowding : tier < bestTier || cost < bestCost) {
        best = node;
        bestTier = tier;
        bestCost = cost;
        bestCrowding = crowding;
      }
    }
    return best === NO_NODE ? forced : best;
  }

  /** The least loaded node with room, whatever the forecast says: where nothing else will ever come of waiting. */
  anyNode(task: number): number {
    const { columns } = this.#board;
    const group = columns.groups[columns.group[task] ?? 0];
    let best = NO_NODE;
    let least = Infinity;
    for (const node of group?.candidates ?? []) {
      if (group === undefined || !this.#hasRoom(group, node)) continue;
      const crowding = this.#crowding(group, node);
      if (crowding >= least) continue;
      least = crowding;
      best = node;
    }
    return best;
  }

  hasRoomFor(task: number, node: number): boolean {
    const { columns } = this.#board;
    const group = columns.groups[columns.group[task] ?? 0];
    return group !== undefined && this.#hasRoom(group, node);
  }

  /** Could no run of this duration, or a longer one, be the best or among the options that are kept? */
  #isExplained(tier: number, duration: number, bestCost: number, now: number): boolean {
    const isBeyond = duration > bestCost * (1 + 2 * ALIKE);
    return isBeyond && this.options.outdo(MOST_KEPT, tier, duration, now + duration);
  }

  #hasRoom(group: Group, node: number): boolean {
    const { committed, columns } = this.#board;
    const { demand } = group;
    const row = node * columns.dimensions;
    for (let d = 0; d < columns.dimensions; d++) {
      const asked = demand[d] ?? 0;
      if (asked > 0 && (committed[row + d] ?? 0) + asked > (columns.limits[row + d] ?? 0)) return false;
    }
    return group.rules.required.length === 0 || this.#board.pods.admits(group.rules.required, node);
  }

  #reluctance(group: Group, node: number): number {
    return this.#board.pods.reluctance(group.rules.preferred, node);
  }

  /** The fullest resource, 0..1, with the task. */
  #crowding(group: Group, node: number): number {
    const { committed, columns } = this.#board;
    let fullest = 0;
    const row = node * columns.dimensions;
    for (const d of group.used) {
      const at = row + d;
      fullest = Math.max(
        fullest,
        ((committed[at] ?? 0) + (group.demand[d] ?? 0)) / (columns.limits[at] ?? 1),
      );
    }
    return fullest;
  }

  /**
   * Leaves what is expected of a run in `#penalty` (Infinity: memory would overflow), `#contention` and
   * `#stretch`; true where the node has no forecast for it.
   */
  #expect(group: Group, node: number, from: number, duration: number, consideration: number): boolean {
    const { columns, committed, occupants } = this.#board;
    const row = node * columns.dimensions;
    const shortfalls = this.#shortfalls;
    let isBlind = false;
    let isForeseen = false;
    for (const d of group.used) {
      if (d >= PODS) continue;
      if (shortfalls.knows(node, d)) isForeseen = true;
      else isBlind = true;
    }
    if (!isForeseen) {
      this.#penalty = 0;
      this.#contention = 0;
      this.#stretch = 1;
      return isBlind;
    }
    const points = pointsOf(duration, this.#slots.length);
    const others = occupants[node] ?? 0;
    let penalty = 0;
    let contention = 0;
    let speeds = 0;
    for (let p = 0; p < points; p++) {
      const slot = slotAt(this.#slots, from + (duration * (p + 0.5)) / points);
      let speed = 1;
      let short = 0;
      let added = 0;
      for (let d = 0; d < PODS; d++) {
        const asked = group.demand[d] ?? 0;
        if (asked === 0 || !shortfalls.knows(node, d)) continue;
        const own = committed[row + d] ?? 0;
        shortfalls.look(node, d, slot, own + asked);
        const risk = shortfalls.contention;
        if (risk === 0) continue;
        const pace = d === MEMORY ? 1 - risk : shortfalls.speed;
        if (d === MEMORY && risk > MEMORY_RISK) {
          this.#penalty = Infinity;
          return isBlind;
        }
        if (pace < speed) speed = pace;
        if (risk > short) short = risk;
        // Short memory pauses the youngest, which is this task, and nobody else.
        if (others === 0 || own <= 0 || d === MEMORY) continue;
        shortfalls.look(node, d, slot, own);
        if (risk - shortfalls.contention > added) added = risk - shortfalls.contention;
      }
      if (speed < SLOWEST) speed = SLOWEST;
      penalty += short + 1 - speed + consideration * others * added;
      contention += short;
      speeds += speed;
    }
    this.#penalty = penalty / points;
    this.#contention = contention / points;
    this.#stretch = points / speeds;
    return isBlind;
  }

  /** At this moment: is what it needs of CPU and memory there, likelier than not? */
  #holdsNow(group: Group, node: number, now: number): boolean {
    const slot = slotAt(this.#slots, now);
    const { columns, committed } = this.#board;
    for (const d of [CPU, MEMORY]) {
      const demand = group.demand[d] ?? 0;
      if (demand === 0) continue;
      this.#shortfalls.look(node, d, slot, (committed[node * columns.dimensions + d] ?? 0) + demand);
      if (this.#shortfalls.contention >= 0.5) return false;
    }
    return true;
  }
}

/** A task that is due takes any node that holds it. */
export function isOverdue({ patience }: Policy, waited: number, work: number): boolean {
  return patience !== Infinity && waited >= SHORTEST_PATIENCE + patience * work - 1e-6;
}

/** At how many points a run is looked at: long ones at more. */
function pointsOf(duration: number, slot: number): number {
  if (duration < slot) return 1;
  if (duration < 4 * slot) return 2;
  return duration < 20 * slot ? 3 : 5;
}
