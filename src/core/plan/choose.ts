/**
 * Where and when one task runs: all its nodes, on each the best start, and the rule that picks one of them.
 *
 * An option is in one of three tiers, and a better tier always wins: under the contention ceiling by a fresh
 * forecast; on a node of which nothing fresh is known (it is planned on capacity less the requests of other
 * pods, so it is used only where no node that is known will do); over the ceiling.
 */
import type { Ledger, PlacedTask } from './ledger.ts';
import { fastest, isUnbeatable, leisurely, reasonFor, type Option } from './options.ts';
import { runTime } from './planned-node.ts';
import type { PlannedTask, Problem } from './problem.ts';
import { earliestRelease } from './release.ts';
import { Starts, type Arrival } from './starts.ts';
import type { WindowScores } from './window-scores.ts';

const ALTERNATIVES = 3;

export interface Aim {
  /** End by this time and then take the least contention; undefined: end as early as can be. */
  readonly latestEnd: number | undefined;
  /** Are runners-up asked for? It costs looking at more nodes. */
  readonly alternatives: boolean;
}

/** Undefined where none of its nodes ever has room. */
export function choose(
  problem: Problem,
  ledger: Ledger,
  scores: WindowScores,
  task: PlannedTask,
  aim: Aim,
): PlacedTask | undefined {
  const compare = aim.latestEnd === undefined ? fastest : leisurely(aim.latestEnd);
  const starts = new Starts(ledger, scores, task, aim.latestEnd, compare);
  const arrivals = arrivalsOf(problem, ledger, task);
  const wanted = aim.alternatives ? ALTERNATIVES + 1 : 1;
  const best: Option[] = [];
  let soonestEnd = Infinity;
  for (const arrival of arrivals) {
    // Arrivals come by their end: when what was found ends sooner than this one can, no later one is better.
    const last = best[wanted - 1];
    const end = arrival.start + arrival.duration;
    const usefulEnd = last !== undefined && isUnbeatable(last, aim.latestEnd) ? last.expectedEnd : Infinity;
    if (end > usefulEnd) break;
    const found = starts.best(arrival, usefulEnd);
    soonestEnd = Math.min(soonestEnd, found.soonestEnd);
    insert(best, found.option, wanted, compare);
  }
  const [winner, ...others] = best;
  if (winner === undefined) return undefined;
  return {
    nodeName: winner.node.name,
    node: winner.node,
    start: winner.start,
    end: winner.end,
    reason: reasonFor(winner, soonestEnd, arrivals.length),
    alternatives: others.map(({ node, end, contention }) => ({ node: node.name, endTime: end, contention })),
  };
}

/** By the end that starting at once would have. */
function arrivalsOf(problem: Problem, ledger: Ledger, task: PlannedTask): Arrival[] {
  const releases = task.candidates.map((node) => ({
    node,
    release: earliestRelease(problem, ledger, task, node),
    duration: runTime(task.snapshot.durationSeconds, node.speed),
  }));
  // No node gives the task its turn before the soonest release and the shortest run do: asked once, not for each node.
  const soonest = releases.reduce((min, { release }) => Math.min(min, release), Infinity);
  const shortest = releases.reduce((min, { duration }) => Math.min(min, duration), Infinity);
  const turn = releases.length === 0 ? soonest : ledger.earliestTurn(task, soonest, shortest);

  const arrivals: Arrival[] = [];
  for (const { node, release, duration } of releases) {
    const start = ledger.earliestStart(task, node, Math.max(release, turn), duration);
    if (start !== Infinity) arrivals.push({ node, start, duration });
  }
  return arrivals.sort(
    (a, b) => a.start + a.duration - (b.start + b.duration) || a.node.index - b.node.index,
  );
}

/** Keeps the best `size` options in order. */
function insert(
  best: Option[],
  option: Option,
  size: number,
  compare: (a: Option, b: Option) => number,
): void {
  const at = best.findIndex((other) => compare(option, other) < 0);
  if (at >= 0) best.splice(at, 0, option);
  else best.push(option);
  if (best.length > size) best.pop();
}
