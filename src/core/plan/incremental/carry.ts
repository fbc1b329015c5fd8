/** The last plan's windows for the tasks of a new problem, which may have other workflows and nodes. */
import type { Course } from '../course.ts';
import { Explanations } from '../explanations.ts';
import { Options } from '../options.ts';
import { keyOf } from '../problem.ts';
import { noWindows, type Windows } from './windows.ts';

export interface Carried {
  readonly windows: Windows;
  readonly explanations: Explanations;
}

/** @param shift seconds from the origin of the old windows to that of the new ones */
export function carried(
  old: Course,
  windows: Windows,
  explanations: Explanations,
  course: Course,
  shift: number,
): Carried {
  const before = new Map(old.columns.tasks.map((task, i) => [keyOf(task), i]));
  const positions = new Map(course.nodeNames.map((name, n) => [name, n]));
  const nodes = [...old.nodeNames.map((name) => positions.get(name)), course.columns.nowhere];
  const count = course.columns.tasks.length;
  const result: Carried = { windows: noWindows(count), explanations: new Explanations(count) };
  const options = new Options(nodes.length);
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
    options.clear();
    for (const o of explanations.of(from)) {
      const at = nodes[o.node];
      if (at !== undefined) options.add(at, o.tier, o.cost, o.end - shift, o.contention);
    }
    result.explanations.keep(i, options);
    result.explanations.soonestEnd[i] = (explanations.soonestEnd[from] ?? Infinity) - shift;
  });
  return result;
}
