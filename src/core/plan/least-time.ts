/** How soon everything could be over at the best: a bound that no plan can beat. */
import type { Columns, Group } from './columns.ts';

/**
 * By task: seconds from its start to the end of all that waits for it, if each ran on the fastest node at full speed, and
 * nothing had to be sent.
 */
export function leastSeconds(columns: Columns): Float64Array {
  const { tasks, work, group, groups, dependents } = columns;
  const fastest = groups.map(fastestSpeed);
  const least = new Float64Array(tasks.length);
  for (const { dag, first } of new Set(tasks.map((t) => t.workflow))) {
    for (const index of dag.order.toReversed()) {
      const task = first + index;
      let following = 0;
      for (let e = dependents.start[task] ?? 0; e < (dependents.start[task + 1] ?? 0); e++)
        following = Math.max(following, least[dependents.task[e] ?? 0] ?? 0);
      least[task] = (work[task] ?? 0) / (fastest[group[task] ?? 0] ?? 1) + following;
    }
  }
  return least;
}

/**
 * Seconds from now until everything that has not started could be done: along the longest way, or, for each resource, if
 * all of every node were used for nothing else.
 *
 * @param isOpen by task: 1 where it has not started
 */
export function leastMakespan(
  columns: Columns,
  isOpen: Uint8Array,
  notBefore: Float64Array,
  least: Float64Array,
): number {
  const needed = new Float64Array(columns.dimensions);
  let longest = 0;
  for (let i = 0; i < isOpen.length; i++) {
    if (isOpen[i] !== 1) continue;
    longest = Math.max(longest, Math.max(0, notBefore[i] ?? 0) + (least[i] ?? 0));
    const group = columns.groups[columns.group[i] ?? 0];
    for (const d of group?.used ?? [])
      needed[d] = (needed[d] ?? 0) + (columns.work[i] ?? 0) * (group?.demand[d] ?? 0);
  }
  for (let d = 0; d < columns.dimensions; d++) {
    if ((needed[d] ?? 0) > 0) longest = Math.max(longest, (needed[d] ?? 0) / workASecond(columns, d));
  }
  return longest;
}

/** What all nodes can do of a resource's work, each at the speed of those whom it serves fastest. */
function workASecond({ groups, limits, nowhere, dimensions }: Columns, d: number): number {
  let sum = 0;
  for (let node = 0; node < nowhere; node++) {
    let speed = 0;
    for (const group of groups) speed = Math.max(speed, group.speed[node] ?? 0);
    sum += Math.max(0, limits[node * dimensions + d] ?? 0) * speed;
  }
  return sum;
}

/** Of all nodes: a bound task may be on one that would not be chosen. */
function fastestSpeed({ speed }: Group): number {
  return speed.reduce((most, s) => Math.max(most, s), 0);
}
