/**
 * Rules of a workflow's graph that schemas cannot say: every dependency is a task, no task waits for itself,
 * by way of others or not, and names are unique.
 */
import type { Problem } from '../../api/problem.ts';
import { findCycles, type Graph } from './cycle.ts';
import { suggestion } from '../../api/suggestion.ts';

/** The part of a task that makes the graph. */
export interface GraphTask {
  readonly name: string;
  readonly dependencies?: readonly string[];
}

/** A cycle of more tasks is shown by its first and last ones. */
const SHOWN_IN_CYCLE = 40;
/** Looking for the nearest name costs time with each; a list so long is a mistake of another kind. */
const SUGGESTIONS = 20;

export interface TaskGraph {
  readonly problems: readonly Problem[];
  /** By position in `tasks`; unknown dependencies are left out. */
  readonly graph: Graph;
  /** Positions, dependencies first; undefined where there is a cycle. */
  readonly order: readonly number[] | undefined;
  readonly indexByName: ReadonlyMap<string, number>;
}

export function buildGraph(tasks: readonly GraphTask[]): TaskGraph {
  const problems: Problem[] = [];
  const indexByName = indexTasks(tasks, problems);
  let suggestions = 0;

  const graph = tasks.map((task, i) => {
    const edges = new Set<number>();
    const seen = new Set<string>();
    for (const [j, dependency] of (task.dependencies ?? []).entries()) {
      const field = `spec.tasks[${i}].dependencies[${j}]`;
      const index = indexByName.get(dependency);
      if (seen.has(dependency)) {
        problems.push({
          field,
          reason: 'DuplicateDependency',
          message: `"${dependency}" is listed twice: remove one`,
        });
      } else if (index === undefined) {
        const hint = suggestions++ < SUGGESTIONS ? suggestion(dependency, indexByName.keys()) : '';
        const message = `there is no task "${dependency}"${hint}: correct the name, or add the task`;
        problems.push({ field, reason: 'UnknownDependency', message });
      } else if (index === i) {
        problems.push({
          field,
          reason: 'SelfDependency',
          message: `task "${task.name}" depends on itself: remove the dependency`,
        });
      } else {
        edges.add(index);
      }
      seen.add(dependency);
    }
    return [...edges];
  });

  const cycles = findCycles(graph);
  problems.push(...cycles.map((cycle) => cycleProblem(tasks, cycle)));
  return { problems, graph, order: cycles.length > 0 ? undefined : topologicalOrder(graph), indexByName };
}

function indexTasks(tasks: readonly GraphTask[], problems: Problem[]): Map<string, number> {
  const indexByName = new Map<string, number>();
  for (const [i, { name }] of tasks.entries()) {
    const first = indexByName.get(name);
    if (first === undefined) {
      indexByName.set(name, i);
    } else {
      const message = `"${name}" is the name of spec.tasks[${first}] as well: give one of them another name`;
      problems.push({ field: `spec.tasks[${i}]`, reason: 'DuplicateTask', message });
    }
  }
  return indexByName;
}

function cycleProblem(tasks: readonly GraphTask[], cycle: readonly number[]): Problem {
  const names = cycle.map((i) => tasks[i]?.name ?? '');
  const [first = 0, second = first] = cycle;
  const position = tasks[first]?.dependencies?.indexOf(tasks[second]?.name ?? '') ?? 0;
  const [a = '', b = ''] = names;
  return {
    field: `spec.tasks[${first}].dependencies[${position}]`,
    reason: 'DependencyCycle',
    message: `the tasks wait for each other: ${showCycle(names)} ("${a}" depends on "${b}", and so on): remove one of these dependencies`,
  };
}

function showCycle(names: readonly string[]): string {
  const closed = [...names, names[0] ?? ''];
  if (closed.length <= SHOWN_IN_CYCLE) return closed.join(' → ');
  const half = SHOWN_IN_CYCLE / 2;
  const hidden = closed.length - 2 * half;
  return [...closed.slice(0, half), `… ${hidden} more …`, ...closed.slice(-half)].join(' → ');
}

/** Kahn's order: dependencies first, and otherwise as declared. The graph must have no cycle. */
function topologicalOrder(graph: Graph): number[] {
  const missing = graph.map((dependencies) => dependencies.length);
  const dependents: number[][] = graph.map(() => []);
  for (const [i, dependencies] of graph.entries()) {
    for (const dependency of dependencies) dependents[dependency]?.push(i);
  }
  const order = [...graph.keys()].filter((i) => missing[i] === 0);
  for (const node of order) {
    for (const dependent of dependents[node] ?? []) {
      const left = (missing[dependent] ?? 0) - 1;
      missing[dependent] = left;
      if (left === 0) order.push(dependent);
    }
  }
  return order;
}
