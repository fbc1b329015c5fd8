/**
 * Cycles of a graph: its strongly connected components (Tarjan 1972, with an explicit stack, so that a chain
 * of thousands does not overflow the call stack), and a shortest cycle within one (breadth-first).
 *
 * A graph is a list of neighbour lists: node `i` has edges to `graph[i]`.
 */
export type Graph = readonly (readonly number[])[];

/**
 * Edges that the search for a shorter cycle may follow. A graph that needs more (dense, and with long cycles
 * only) gets the shortest of those found until then; which, depends on the graph alone.
 */
const EDGE_BUDGET = 5_000_000;

/** One cycle for each strongly connected component that has one, in order of their smallest node. */
export function findCycles(graph: Graph): number[][] {
  return components(graph)
    .filter((component) => component.length > 1 || isSelfLoop(graph, component[0] ?? -1))
    .map((component) => component.sort((a, b) => a - b))
    .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))
    .map((component) => shortestCycle(graph, component));
}

function isSelfLoop(graph: Graph, node: number): boolean {
  return graph[node]?.includes(node) ?? false;
}

function components(graph: Graph): number[][] {
  const found: number[][] = [];
  const order = new Int32Array(graph.length).fill(-1);
  const low = new Int32Array(graph.length);
  const next = new Int32Array(graph.length);
  const onStack = new Uint8Array(graph.length);
  const stack: number[] = [];
  let counter = 0;

  for (let root = 0; root < graph.length; root++) {
    if (order[root] !== -1) continue;
    const path = [root];
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      if (order[node] === -1) {
        order[node] = low[node] = counter++;
        stack.push(node);
        onStack[node] = 1;
      }
      const neighbour = graph[node]?.[next[node] ?? 0];
      if (neighbour !== undefined) {
        next[node] = (next[node] ?? 0) + 1;
        if (order[neighbour] === -1) path.push(neighbour);
        else if (onStack[neighbour] === 1) low[node] = Math.min(low[node] ?? 0, order[neighbour] ?? 0);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[node] ?? 0);
      if (low[node] !== order[node]) continue;
      const component = stack.splice(stack.lastIndexOf(node));
      for (const member of component) onStack[member] = 0;
      found.push(component);
    }
  }
  return found;
}

/** A shortest cycle among `component`'s nodes, starting at its smallest node; of equals, the one found first. */
function shortestCycle(graph: Graph, component: readonly number[]): number[] {
  const members = new Set(component);
  let best: number[] | undefined;
  let budget = EDGE_BUDGET;
  for (const start of component) {
    const search = cycleThrough(graph, members, start, best?.length ?? Infinity);
    budget -= search.edges;
    if (search.cycle !== undefined) best = search.cycle;
    if (budget < 0) break;
  }
  return rotate(best ?? [...component]);
}

/** The shortest cycle through `start` that has fewer than `limit` nodes. */
function cycleThrough(
  graph: Graph,
  members: ReadonlySet<number>,
  start: number,
  limit: number,
): { cycle: number[] | undefined; edges: number } {
  const from = new Map<number, number>();
  const depth = new Map([[start, 1]]);
  const queue = [start];
  let edges = 0;
  for (const node of queue) {
    const nodes = depth.get(node) ?? 1;
    if (nodes >= limit) break;
    for (const neighbour of graph[node] ?? []) {
      edges++;
      if (neighbour === start) return { cycle: trace(from, start, node), edges };
      if (!members.has(neighbour) || depth.has(neighbour)) continue;
      depth.set(neighbour, nodes + 1);
      from.set(neighbour, node);
      queue.push(neighbour);
    }
  }
  return { cycle: undefined, edges };
}

function trace(from: ReadonlyMap<number, number>, start: number, end: number): number[] {
  const path: number[] = [];
  for (let node: number | undefined = end; node !== undefined && node !== start; node = from.get(node))
    path.push(node);
  return [start, ...path.reverse()];
}

function rotate(cycle: number[]): number[] {
  const smallest = cycle.indexOf(cycle.reduce((a, b) => Math.min(a, b), Infinity));
  return [...cycle.slice(smallest), ...cycle.slice(0, smallest)];
}
