/** How long tasks take on nodes when each has its node to itself: by speed, and by what the background leaves. */
import type { Course } from '../course.ts';
import { PODS } from '../dimensions.ts';
import type { Pace } from './list-schedule.ts';

/** Slots of the forecast that are looked at. */
const LOOKS = 8;

/** Seconds for a second of work, of a group's tasks on a node: the mean over what is forecast. */
export function expectedPace({ columns, shortfalls, slots }: Course): Pace {
  const nodes = columns.nowhere + 1;
  const known = new Float64Array(columns.groups.length * nodes).fill(NaN);
  return (group, node) => {
    const at = group * nodes + node;
    const found = known[at] ?? NaN;
    if (!Number.isNaN(found)) return found;
    let speed = 0;
    for (let look = 0; look < LOOKS; look++) {
      const slot = Math.trunc((look * slots.count) / LOOKS);
      let slowest = 1;
      for (const d of columns.groups[group]?.used ?? []) {
        if (d >= PODS || node >= columns.nowhere) continue;
        shortfalls.look(node, d, slot, columns.groups[group]?.demand[d] ?? 0);
        slowest = Math.min(slowest, shortfalls.speed);
      }
      speed += slowest / LOOKS;
    }
    return (known[at] = 1 / (speed * (columns.groups[group]?.speed[node] ?? 1)));
  };
}
