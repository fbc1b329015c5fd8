/** Why no node can hold a task, in one sentence, as kube-scheduler says it. */
import { formatAmount } from '../quantity/format.ts';
import type { Resource } from '../resources.ts';
import { whyNot, type Obstacle, type PlacementNode, type PlacementTask } from './placement.ts';
import { formatTaint } from './taints.ts';
import type { PodRule } from './types.ts';

export interface Misfit {
  /** No node of this cluster can ever hold it, whatever happens to the load or to a node's health. */
  readonly permanent: boolean;
  /** "0/8 nodes can hold it: 5 have less memory than 500Gi, 2 lack label accelerator=a100, 1 is cordoned". */
  readonly message: string;
}

const NAMES: Readonly<Record<Resource, string>> = {
  cpu: 'cpu',
  memory: 'memory',
  gpu: 'gpu',
  network: 'network',
};

/**
 * Undefined where some node can hold it.
 *
 * @param otherwise what else stands in the way on a node, by its position
 */
export function misfit(
  nodes: readonly PlacementNode[],
  task: PlacementTask,
  otherwise: (node: number) => Obstacle | undefined = () => undefined,
): Misfit | undefined {
  if (nodes.length === 0)
    return { permanent: false, message: '0/0 nodes can hold it: the cluster has no nodes' };
  const counts = new Map<string, { count: number; phrase: Phrase }>();
  let permanent = true;
  for (const [i, node] of nodes.entries()) {
    const obstacle = whyNot(node, task) ?? otherwise(i);
    if (obstacle === undefined) return undefined;
    permanent &&= obstacle.permanent;
    const phrase = describe(obstacle);
    const known = counts.get(phrase.one);
    if (known === undefined) counts.set(phrase.one, { count: 1, phrase });
    else known.count += 1;
  }
  const reasons = [...counts.values()]
    .sort((a, b) => b.count - a.count || (a.phrase.one < b.phrase.one ? -1 : 1))
    .map(({ count, phrase }) => `${count} ${count === 1 ? phrase.one : phrase.many}`);
  return { permanent, message: `0/${nodes.length} nodes can hold it: ${reasons.join(', ')}` };
}

/** "node n2 is cordoned". */
export function refusal(node: string, obstacle: Obstacle): string {
  return `node ${node} ${describe(obstacle).one}`;
}

/** What is said of one node and of several. */
interface Phrase {
  readonly one: string;
  readonly many: string;
}

function describe(obstacle: Obstacle): Phrase {
  switch (obstacle.kind) {
    case 'NodeSelector':
      return lack(`label ${obstacle.key}=${obstacle.value}`);
    case 'NodeAffinity':
      return { one: 'does not match its node affinity', many: 'do not match its node affinity' };
    case 'Capacity':
      return have(
        `less ${NAMES[obstacle.resource]} than ${formatAmount(obstacle.demand, obstacle.resource)}`,
      );
    case 'Taint':
      return have(`the taint ${formatTaint(obstacle.taint)} that it does not tolerate`);
    case 'Unschedulable':
      return { one: obstacle.state, many: obstacle.state.replace(/^is /, 'are ') };
    case 'Excluded':
      return { one: 'is one that it was moved away from', many: 'are ones that it was moved away from' };
    case 'Requested':
      return have(
        `less ${NAMES[obstacle.resource]} than ${formatAmount(obstacle.demand, obstacle.resource)} left by the requests of other pods`,
      );
    case 'Extended':
      if (obstacle.has === 0) return lack(obstacle.name);
      return have(`less ${obstacle.name} than ${obstacle.demand}`);
    case 'ExtendedRequested':
      return have(`less ${obstacle.name} than ${obstacle.demand} left by the requests of other pods`);
    case 'PodSlots':
      return have('no room for another pod');
    case 'TopologyKey':
      return lack(`label ${obstacle.key}`);
    case 'PodRule':
      return describeRule(obstacle.rule);
  }
}

function describeRule({ kind, of, topologyKey, maxSkew }: PodRule): Phrase {
  switch (kind) {
    case 'AntiAffinity':
      return both(`would put it beside ${of} in one ${topologyKey}`);
    case 'Affinity':
      return have(`none of ${of} in their ${topologyKey}`);
    case 'Spread':
      return both(`would exceed maxSkew ${maxSkew} of ${of} over ${topologyKey}`);
  }
}

function both(what: string): Phrase {
  return { one: what, many: what };
}

function have(what: string): Phrase {
  return { one: `has ${what}`, many: `have ${what}` };
}

function lack(what: string): Phrase {
  return { one: `lacks ${what}`, many: `lack ${what}` };
}
