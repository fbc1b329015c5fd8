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
  const search = new CycleSearch(graph, component);
  let best: number[] = [...component];
  let found = false;
  for (const start of component) {
    const cycle = search.through(start, found ? best.length : Infinity);
    if (cycle !== undefined) [best, found] = [cycle, true];
    if (search.edges > EDGE_BUDGET) break;
  }
  return rotate(best);
}

/** Breadth-first searches within one component, which share their arrays: there is one for each node. */
class CycleSearch {
  /** Followed so far. */
  edges = 0;
  readonly #graph: Graph;
  readonly #isMember: Uint8Array;
  /** Nodes on the path from the start, which has 1; 0 where the search has not been. */
  readonly #depth: Int32Array;
  readonly #from: Int32Array;

  constructor(graph: Graph, component: readonly number[]) {
    this.#graph = graph;
    this.#isMember = new Uint8Array(graph.length);
    for (const node of component) this.#isMember[node] = 1;
    this.#depth = new Int32Array(graph.length);
    this.#from = new Int32Array(graph.length).fill(-1);
  }

  /** The shortest cycle through `start` that has fewer than `limit` nodes. */
  through(start: number, limit: number): number[] | undefined {
    this.#depth.fill(0);
    this.#depth[start] = 1;
    const queue = [start];
    for (const node of queue) {
      const nodes = this.#depth[node] ?? 0;
      if (nodes >= limit) return undefined;
      for (const neighbour of this.#graph[node] ?? []) {
        this.edges++;
        if (neighbour === start) return this.#trace(start, node);
        if (this.#isMember[neighbour] === 0 || this.#depth[neighbour] !== 0) continue;
        this.#depth[neighbour] = nodes + 1;
        this.#from[neighbour] = node;
        queue.push(neighbour);
      }
    }
    return undefined;
  }

  #trace(start: number, end: number): number[] {
    const path: number[] = [];
    for (let node = end; node !== start; node = this.#from[node] ?? start) path.push(node);
    return [start, ...path.reverse()];
  }
}

function rotate(cycle: number[]): number[] {
  const smallest = cycle.indexOf(cycle.reduce((a, b) => Math.min(a, b), Infinity));
  return [...cycle.slice(smallest), ...cycle.slice(0, smallest)];
}
