/** One look at every node: what it carries that is not Foreshard's. */
import type { NodeSample } from '../../history/index.ts';
import { backgroundLoad } from '../../metrics/index.ts';
import type { Observation, ObservedLoadSource, PodReference, PodUsage } from '../../metrics/index.ts';
import { objectKey } from '../../runtime/index.ts';
import type { ControllerContext } from '../context.ts';
import { capacityOf } from '../gather/nodes.ts';
import { gpuLoad } from './gpu-load.ts';
import { podsOfNodes } from './pods-of-nodes.ts';

export interface BackgroundReport {
  /** Of the nodes that the cluster has and the source knows. */
  readonly samples: readonly NodeSample[];
  /** What Foreshard's own pods use. */
  readonly usage: readonly PodUsage[];
}

export async function observeBackground(
  source: ObservedLoadSource,
  { caches, settings, env }: Pick<ControllerContext, 'caches' | 'settings' | 'env'>,
  signal: AbortSignal,
): Promise<BackgroundReport> {
  const pods = podsOfNodes(caches.pods.store.list(), settings, env.clock.now());
  const own = [...pods.values()].flatMap((ofNode) => ofNode.own);
  const { nodes, pods: usage } = await source.observe(signal, own);
  const usageOf = new Map(usage.map((pod) => [podKey(pod), pod.usage]));

  const samples = nodes.flatMap(({ node: name, time, load: whole }): NodeSample[] => {
    const node = caches.nodes.store.get(name);
    if (node === undefined) return [];
    const capacity = capacityOf(node, settings);
    if (settings.observe.load === 'Background')
      return [{ node: name, time, load: whole, gpuUtilised: null, capacity }];
    const ofNode = pods.get(objectKey(node)) ?? { own: [], gpusOfOthers: 0 };
    const background = backgroundLoad(whole, ofNode.own, (pod) => usageOf.get(podKey(pod)));
    const signals = { taken: ofNode.gpusOfOthers, utilised: background.gpu };
    const gpu = gpuLoad(node, capacity.gpu, signals, settings.observe.gpu);
    return [{ node: name, time, load: { ...background, gpu }, gpuUtilised: background.gpu, capacity }];
  });
  checkNames(source.name, nodes, samples, caches.nodes.store.keys());
  return { samples, usage };
}

/** A source that names nodes otherwise than the cluster does would be as silent as one that sees nothing. */
function checkNames(
  source: string,
  observed: readonly Observation[],
  samples: readonly NodeSample[],
  known: readonly string[],
): void {
  const [first] = observed;
  const [node] = known;
  if (first === undefined || node === undefined || samples.length > 0) return;
  throw new Error(
    `${source} names nodes that the cluster does not have (such as ${first.node}; the cluster has ${node}): ` +
      "set nodeLabel of observe.prometheus.queries to the label that holds the node's name",
  );
}

export const podKey = ({ namespace, name }: Omit<PodReference, 'node'>): string => `${namespace}/${name}`;
