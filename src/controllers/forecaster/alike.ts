/**
 * What nodes alike carry: the prior of a node whose own load is not known yet. Alike are nodes of the same instance type;
 * where none of these has a history, those of about the same capacity; where there are none either, all.
 */
import type { LikeLoads } from '../../core/forecast/index.ts';
import type { Resource } from '../../core/resources.ts';
import type { Node } from '../gather/kubernetes.ts';
import { nodeTypeOf } from '../gather/nodes.ts';
import type { LoadBook } from './load-book.ts';

/** A capacity is similar that differs by no more than this factor. */
const SIMILAR = 1.25;
/** More nodes, or more steps of each, hardly change the quantiles. */
const MOST_NODES = 50;
const STEPS_A_NODE = 96;

export interface Peer {
  readonly node: Node;
  /** Of the resource. */
  readonly capacity: number;
}

export interface Alike {
  readonly loads: LikeLoads;
  /** Who they are, for people: `12 nodes of instance type m5.large`. */
  readonly who: string;
}

/** Undefined where the load of no other node is known. */
export function loadsAlike(
  book: LoadBook,
  resource: Resource,
  own: Peer,
  others: readonly Peer[],
  window: { readonly from: number; readonly to: number },
): Alike | undefined {
  const known = others.filter(
    ({ node, capacity }) =>
      nameOf(node) !== nameOf(own.node) && capacity > 0 && book.last(nameOf(node), resource) !== undefined,
  );
  const type = nodeTypeOf(own.node);
  const groups: { peers: Peer[]; what: string }[] = [
    {
      peers: type === undefined ? [] : known.filter(({ node }) => nodeTypeOf(node) === type),
      what: ` of instance type ${type ?? ''}`,
    },
    {
      peers: known.filter(({ capacity }) => isSimilar(capacity, own.capacity)),
      what: ' of similar capacity',
    },
    { peers: known, what: '' },
  ];
  const group = groups.find(({ peers }) => peers.length > 0);
  if (group === undefined) return undefined;
  const peers = group.peers
    .toSorted((a, b) => (nameOf(a.node) < nameOf(b.node) ? -1 : 1))
    .slice(0, MOST_NODES);
  const loads = Float64Array.from(peers.flatMap((peer) => sharesOf(book, resource, peer, window))).sort();
  if (loads.length === 0) return undefined;
  return { loads, who: `${peers.length} ${peers.length === 1 ? 'node' : 'nodes'}${group.what}` };
}

/** Of some of the measured steps, evenly spread. */
function sharesOf(
  book: LoadBook,
  resource: Resource,
  { node, capacity }: Peer,
  window: { readonly from: number; readonly to: number },
): number[] {
  const measured = book.series(nameOf(node), resource, window).values.filter((value) => !Number.isNaN(value));
  const stride = Math.max(1, Math.floor(measured.length / STEPS_A_NODE));
  return [...measured.filter((_, i) => i % stride === 0)].map((load) => load / capacity);
}

const nameOf = (node: Node): string => node.metadata?.name ?? '';

const isSimilar = (a: number, b: number): boolean => a <= b * SIMILAR && b <= a * SIMILAR;
