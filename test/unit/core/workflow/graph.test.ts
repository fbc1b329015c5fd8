import { expect } from 'chai';
import fc from 'fast-check';
import { findCycles } from '../../../../src/core/workflow/cycle.ts';
import { buildGraph, type GraphTask } from '../../../../src/core/workflow/index.ts';

/** `a: b c` is task a, which depends on b and c. */
function tasks(...lines: readonly string[]): GraphTask[] {
  return lines.map((line) => {
    const [name = '', dependencies = ''] = line.split(':');
    return { name, dependencies: dependencies.split(' ').filter((word) => word !== '') };
  });
}

function problemsOf(...lines: readonly string[]): string[] {
  return buildGraph(tasks(...lines)).problems.map(
    ({ field, reason, message }) => `${field} ${reason}: ${message}`,
  );
}

describe("a workflow's graph", () => {
  it('has no problem when every dependency is a task and none waits for itself', () => {
    expect(problemsOf('a:', 'b: a', 'c: a', 'd: b c')).to.deep.equal([]);
  });

  it('is ordered with dependencies first, and otherwise as declared', () => {
    const { order } = buildGraph(tasks('d: b c', 'b: a', 'c: a', 'a:'));
    expect(order).to.deep.equal([3, 1, 2, 0]);
  });

  it('names an unknown dependency, and the task that was meant', () => {
    expect(problemsOf('fetch-all:', 'train: fetch-al')).to.deep.equal([
      'spec.tasks[1].dependencies[0] UnknownDependency: there is no task "fetch-al" (did you mean "fetch-all"?): correct the name, or add the task',
    ]);
  });

  it('makes no guess where no name is near', () => {
    expect(problemsOf('a:', 'b: zebra')[0]).to.include('there is no task "zebra": correct the name');
  });

  it('names what is listed twice, and what depends on itself', () => {
    const [duplicate, self, ...none] = problemsOf('a:', 'b: a a', 'c: c');
    expect(duplicate).to.match(/^spec\.tasks\[1\]\.dependencies\[1\] DuplicateDependency/);
    expect(self).to.match(/^spec\.tasks\[2\]\.dependencies\[0\] SelfDependency/);
    expect(none).to.deep.equal([]);
  });

  it('names the second of two tasks of one name', () => {
    expect(problemsOf('a:', 'a:')[0]).to.match(
      /^spec\.tasks\[1\] DuplicateTask: "a" is the name of spec\.tasks\[0\]/,
    );
  });

  it('shows a cycle in full, from its first task on', () => {
    const [problem, ...none] = problemsOf('x:', 'b: c', 'c: x a', 'a: b');
    expect(problem).to.match(/^spec\.tasks\[1\]\.dependencies\[0\] DependencyCycle/);
    expect(problem).to.include('b → c → a → b');
    expect(none).to.deep.equal([]);
  });

  it('shows a shortest one where cycles share tasks, and one for each group of tasks that do not', () => {
    const problems = problemsOf('a: b', 'b: c', 'c: d a', 'd: a', 'x: y', 'y: x');
    expect(problems).to.have.length(2);
    expect(problems[0]).to.include('a → b → c → a (');
    expect(problems[1]).to.include('x → y → x (');
  });

  it('takes chains and rings of 2,000 tasks, in well under a second, without running out of stack', () => {
    const chain = Array.from({ length: 2000 }, (_, i) => `t${i}: ${i === 0 ? '' : `t${i - 1}`}`);
    const started = performance.now();
    expect(problemsOf(...chain)).to.deep.equal([]);
    const [ring] = problemsOf('t0: t1999', ...chain.slice(1));
    expect(ring).to.include('t0 → t1999 → t1998').and.include('more …').and.include('t1 → t0');
    expect(performance.now() - started).to.be.below(1000);
  });

  it('does not search for ever for the shortest cycle of a dense graph', () => {
    const layers = 40;
    const width = 50;
    const inLayer = (layer: number): string[] => Array.from({ length: width }, (_, i) => `l${layer}-${i}`);
    const lines = Array.from({ length: layers }, (_, layer) => {
      const before = inLayer((layer + layers - 1) % layers).join(' ');
      return inLayer(layer).map((name) => `${name}: ${before}`);
    }).flat();
    const started = performance.now();
    expect(problemsOf(...lines)).to.have.length(1);
    expect(performance.now() - started).to.be.below(2000);
  });
});

describe('cycles', () => {
  const graphs = fc.integer({ min: 1, max: 7 }).chain((size) =>
    fc.array(fc.uniqueArray(fc.nat({ max: size - 1 }), { maxLength: 3 }), {
      minLength: size,
      maxLength: size,
    }),
  );

  it('are real ones, and as short as any in their component', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        for (const cycle of findCycles(graph)) {
          for (const [i, node] of cycle.entries())
            expect(graph[node]).to.include(cycle[(i + 1) % cycle.length]);
          expect(cycle.length).to.equal(shortestThroughAny(graph, componentOf(graph, cycle[0] ?? 0)));
        }
      }),
    );
  });

  it('are found exactly where a task can be reached from itself', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const hasCycle = graph.some((_, node) => distance(graph, node, node) !== Infinity);
        expect(findCycles(graph).length > 0).to.equal(hasCycle);
      }),
    );
  });
});

/** Edges on a shortest path of at least one edge, by the plainest search there is. */
function distance(graph: readonly (readonly number[])[], from: number, to: number): number {
  let reached = new Set(graph[from]);
  for (let steps = 1; steps <= graph.length; steps++) {
    if (reached.has(to)) return steps;
    reached = new Set([...reached].flatMap((node) => graph[node] ?? []));
  }
  return Infinity;
}

function componentOf(graph: readonly (readonly number[])[], node: number): number[] {
  return [...graph.keys()].filter(
    (other) =>
      other === node ||
      (distance(graph, node, other) !== Infinity && distance(graph, other, node) !== Infinity),
  );
}

function shortestThroughAny(graph: readonly (readonly number[])[], nodes: readonly number[]): number {
  return Math.min(...nodes.map((node) => distance(graph, node, node)));
}
