/**
 * Nodes that have come since the last plan. List scheduling may do worse with one node more (Graham's anomalies), and
 * a search may trade makespan for less contention. So where nodes have come, planning goes on without them as well,
 * and with them only where everything that can be placed ends at most 1 % later and the objective is no worse either;
 * otherwise they are left out until a search finds so.
 *
 * What it costs: a second plan whenever nodes have come, and contention. Of 300 small clusters of loaded nodes, the plan
 * became over 1 % longer in 3 % of the cases after a node had come (at most by 21 %), and does in none since; its
 * contended share fell by 3.1 points with the node, where it had fallen by 3.5. A task may stay over its workflow's
 * ceiling until the node is used. Plans that know of no plan before them are not held against any.
 */
import { ABSENT } from '../board.ts';
import type { Course } from '../course.ts';
import { objectiveOf, valueOf } from '../objective.ts';
import type { Outcome } from '../rollout.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Memory } from './memory.ts';

/** A plan, and what comes of it. */
export interface Planned {
  readonly memory: Memory;
  readonly outcome: Outcome;
}

/** A plan with more nodes may be longer by this share of the makespan. */
const WORSE = 0.01;

/** Nodes that the last plan did not use, and on which no task stands: those are not to be left out. */
export function arrivedNodes(last: Memory | undefined, { nodes, workflows }: Snapshot): ReadonlySet<string> {
  if (last === undefined) return new Set();
  const known = new Set(last.course.nodeNames);
  const arrived = new Set(nodes.map((n) => n.name).filter((name) => !known.has(name)));
  if (arrived.size === 0) return arrived;
  for (const { tasks } of workflows) {
    for (const { node } of tasks) if (node !== undefined) arrived.delete(node);
  }
  return arrived;
}

export function withoutNodes(snapshot: Snapshot, left: ReadonlySet<string>): Snapshot {
  return { ...snapshot, nodes: snapshot.nodes.filter((n) => !left.has(n.name)) };
}

/** Seconds from now: by when a plan with more nodes has to end. Infinity where it plans tasks that the one without them cannot. */
export function latestEnd({ memory, outcome }: Planned, course: Course): number {
  if (outcome.stuck > 0 || absentIn(course) !== absentIn(memory.course)) return Infinity;
  const { begin } = objectiveOf(memory.problem, memory.course.standing);
  return begin + (lastOf(outcome) - begin) * (1 + WORSE);
}

/** Is a plan with more nodes to take the place of the one without them? */
export function isAsGood(joined: Planned, without: Planned): boolean {
  const latest = latestEnd(without, joined.memory.course);
  if (latest === Infinity) return true;
  const objective = objectiveOf(joined.memory.problem, joined.memory.course.standing);
  const excess = valueOf(objective, joined.outcome) - valueOf(objective, without.outcome);
  return lastOf(joined.outcome) <= latest && excess <= objective.weight * Math.log1p(WORSE);
}

function lastOf({ completion }: Outcome): number {
  return completion.reduce((last, time) => Math.max(last, time), 0);
}

function absentIn({ standing }: Course): number {
  return standing.board.state.reduce((n, s) => (s === ABSENT ? n + 1 : n), 0);
}
