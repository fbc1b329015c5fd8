/** How long a task's inputs take from the node that wrote them to the node that reads them. */

/** The end of a link: a node's name and its bandwidth in bits per second (0: unknown). */
export interface Endpoint {
  readonly name: string;
  readonly bandwidth: number;
}

/**
 * Milliseconds, at the slower of both bandwidths; on one node it is nothing. A bandwidth that nobody knows slows
 * nothing down: no node would be left to a cluster that does not say.
 */
export function transferTime(bytes: number, from: Endpoint, to: Endpoint): number {
  if (bytes <= 0 || from.name === to.name) return 0;
  const slower = Math.min(known(from.bandwidth), known(to.bandwidth));
  return (bytes * 8 * 1000) / slower;
}

/** Mean over all pairs of different nodes, roughly: for ranks, which are taken before nodes are chosen. */
export function meanSecondsPerByte(nodes: readonly Endpoint[]): number {
  const bandwidths = nodes.map((n) => n.bandwidth).filter((b) => b > 0);
  if (nodes.length < 2 || bandwidths.length === 0) return 0;
  const mean = bandwidths.reduce((sum, b) => sum + b, 0) / bandwidths.length;
  return (8 / mean) * (1 - 1 / nodes.length);
}

function known(bandwidth: number): number {
  return bandwidth > 0 ? bandwidth : Infinity;
}
