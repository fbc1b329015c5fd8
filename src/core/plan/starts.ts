/**
 * When a task should start on one node: as soon as there is room, or somewhat later, where waiting brings it
 * under the contention ceiling or lowers its contention.
 */
import type { Ledger } from './ledger.ts';
import type { Option } from './options.ts';
import type { PlannedNode } from './planned-node.ts';
import type { PlannedTask } from './problem.ts';
import { readySince } from './release.ts';
import { ceilToSecond, type Skyline } from './skyline.ts';
import type { WindowScores } from './window-scores.ts';

/** Later starts that are tried, in seconds after the earliest: fine at first, and coarser further on. */
const LATER_SECONDS = [
  60, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 2700, 3600, 5400, 7200, 10_800, 14_400, 21_600, 28_800,
  43_200,
];
/** Ends of Foreshard's own tasks that are tried as well: the next ones on the node. */
const ENDS_TRIED = 64;
/**
 * A task does not wait for the background to go for ever: 300 s and a quarter of its own duration, or its share of
 * the slack where that is more, counted from when it became ready (or else each new plan would let it wait again).
 */
const PATIENCE_SECONDS = 300;
const PATIENCE_SHARE = 0.25;
/** Contention below this is not worth waiting for less. */
const NEGLIGIBLE = 0.01;

/** A node, and the earliest start with room on it. */
export interface Arrival {
  readonly node: PlannedNode;
  readonly start: number;
  readonly duration: number;
}

/** What does not depend on when the task starts. */
interface Standing {
  readonly isForecast: boolean;
  readonly crowding: number;
}

/** The last start for which a task waits out its nodes' background. */
export function patience(ledger: Ledger, task: PlannedTask): number {
  const { slack } = task.workflow.snapshot;
  const seconds =
    PATIENCE_SECONDS + Math.max(PATIENCE_SHARE, slack) * Math.max(0, task.snapshot.durationSeconds);
  return readySince(ledger, task) + seconds * 1000;
}

export class Starts {
  readonly #ledger: Ledger;
  readonly #scores: WindowScores;
  readonly #task: PlannedTask;
  readonly #latestEnd: number | undefined;
  readonly #latestStart: number;
  readonly #compare: (a: Option, b: Option) => number;

  /** @param latestEnd undefined: the earliest end is sought, and only the ceiling is worth waiting for */
  constructor(
    ledger: Ledger,
    scores: WindowScores,
    task: PlannedTask,
    latestEnd: number | undefined,
    compare: (a: Option, b: Option) => number,
  ) {
    this.#ledger = ledger;
    this.#scores = scores;
    this.#task = task;
    this.#latestEnd = latestEnd;
    this.#latestStart = patience(ledger, task);
    this.#compare = compare;
  }

  /**
   * The best start on a node, and how soon the task could be expected to end by starting at once.
   *
   * @param usefulEnd an end after this is of no use: something better is known
   */
  best(arrival: Arrival, usefulEnd: number): { option: Option; soonestEnd: number } {
    const { node, start, duration } = arrival;
    const skyline = this.#ledger.skyline(node);
    this.#scores.fill(node, skyline, this.#task.demand, start, start + duration);
    const standing: Standing = {
      isForecast: isForecast(this.#task, node),
      crowding: this.#crowding(node, start),
    };
    const first = this.#at(arrival, start, standing);
    const later = this.#later(first, skyline, usefulEnd - duration);
    const last = later.at(-1);
    if (last === undefined) return { option: first, soonestEnd: first.expectedEnd };

    let best = first;
    this.#scores.fill(node, skyline, this.#task.demand, start, last + duration);
    for (const time of later) {
      // Where there is no room just then, a later one of these times is when room comes.
      if (this.#ledger.earliestStart(this.#task, node, time, duration) !== time) continue;
      const option = this.#at(arrival, time, standing);
      if (this.#compare(option, best) < 0) best = option;
      if (this.#latestEnd === undefined && best.tier < 2) break;
    }
    return { option: best, soonestEnd: first.expectedEnd };
  }

  /** Ascending, up to `last`; empty where starting at once is good enough. */
  #later(first: Option, skyline: Skyline, last: number): number[] {
    if (first.tier === 2) {
      // Foreshard's own tasks end for certain, so their ends are waited for without a limit.
      const times = [
        ...laterThan(first.start, Math.min(last, this.#latestStart)),
        ...endsAfter(skyline, first.start),
      ];
      return [...new Set(times.filter((time) => time <= last))].sort((a, b) => a - b);
    }
    if (this.#latestEnd === undefined || first.cost <= NEGLIGIBLE) return [];
    return laterThan(
      first.start,
      Math.min(last, this.#latestStart, this.#latestEnd - (first.end - first.start)),
    );
  }

  #at({ node, duration }: Arrival, start: number, standing: Standing): Option {
    const end = start + duration;
    const { contention, added, addedToEach, speed } = this.#scores.between(start, end);
    const isOver =
      contention > this.#task.workflow.snapshot.contentionCeiling ||
      (addedToEach > 0 && this.#ledger.occupants(node).wouldExceedCeiling(this.#scores, start, end));
    return {
      node,
      start,
      end,
      expectedEnd: start + duration / Math.max(speed, Number.EPSILON),
      contention,
      cost: contention + added,
      crowding: standing.crowding,
      tier: isOver ? 2 : standing.isForecast ? 0 : 1,
    };
  }

  /** Share of the node's scarcest resource that Foreshard's tasks would take: between equals, the emptier node. */
  #crowding(node: PlannedNode, start: number): number {
    const skyline = this.#ledger.skyline(node);
    const segment = skyline.segmentAt(start);
    let most = 0;
    for (let r = 0; r < node.capacity.length; r++) {
      const asked = this.#task.demand[r] ?? 0;
      const capacity = node.capacity[r] ?? 0;
      if (asked > 0 && capacity > 0) most = Math.max(most, (skyline.loadOf(segment, r) + asked) / capacity);
    }
    return most;
  }
}

/** Is all that the task uses forecast there? */
function isForecast(task: PlannedTask, node: PlannedNode): boolean {
  return node.outlook.every((forecast, r) => forecast !== undefined || task.demand[r] === 0);
}

function laterThan(start: number, last: number): number[] {
  return last <= start ? [] : LATER_SECONDS.map((s) => start + s * 1000).filter((time) => time <= last);
}

function endsAfter(skyline: Skyline, time: number): number[] {
  const ends: number[] = [];
  const last = skyline.segments - 1;
  const first = skyline.segmentAt(time) + 1;
  for (let i = first; i <= last && ends.length < ENDS_TRIED; i++) ends.push(ceilToSecond(skyline.startOf(i)));
  // Behind the last one the node is as empty as it gets.
  if (first <= last) ends.push(ceilToSecond(skyline.startOf(last)));
  return ends;
}
