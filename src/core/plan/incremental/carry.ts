/** The last plan's windows for the tasks of a new problem, which may have other workflows and nodes. */
import type { Course } from '../course.ts';
import type { Explanation } from '../rollout.ts';
import { keyOf } from '../problem.ts';
import { noWindows, type Windows } from './windows.ts';

export interface Carried {
  readonly windows: Windows;
  readonly explanations: Map<number, Explanation>;
}

/** @param shift seconds from the origin of the old windows to that of the new ones */
export function carried(
  old: Course,
  windows: Windows,
  explanations: ReadonlyMap<number, Explanation>,
  course: Course,
  shift: number,
): Carried {
  const before = new Map(old.columns.tasks.map((task, i) => [keyOf(task), i]));
  const positions = new Map(course.nodeNames.map((name, n) => [name, n]));
  const nodes = [...old.nodeNames.map((name) => positions.get(name)), course.columns.nowhere];
  const result: Carried = { windows: noWindows(course.columns.tasks.length), explanations: new Map() };
  course.columns.tasks.forEach((task, i) => {
    const from = before.get(keyOf(task));
    const node = nodes[windows.node[from ?? -1] ?? -1];
    if (from === undefined || node === undefined || windows.isPlaced[from] !== 1) return;
    const { isPlaced, start, end, contended } = result.windows;
    isPlaced[i] = 1;
    result.windows.node[i] = node;
    start[i] = (windows.start[from] ?? 0) - shift;
    end[i] = (windows.end[from] ?? 0) - shift;
    contended[i] = windows.contended[from] ?? 0;
    const why = explanations.get(from);
    if (why === undefined) return;
    const options = why.options.flatMap((o) => {
      const at = nodes[o.node];
      return at === undefined ? [] : [{ ...o, node: at, end: o.end - shift }];
    });
    result.explanations.set(i, { options, soonestEnd: why.soonestEnd - shift });
  });
  return result;
}
