/** Nodes, as the cores see them. */
import { ANNOTATION_NETWORK_BANDWIDTH, ANNOTATION_SPEED } from '../../api/constants.ts';
import type { NodeForecast } from '../../api/types.generated.ts';
import type { NodeState } from '../../core/dispatch/facts.ts';
import type { NodeSnapshot } from '../../core/plan/snapshot.ts';
import { tryParseQuantity } from '../../core/quantity/quantity.ts';
import type { NodeFacts } from '../../core/reshard/world.ts';
import type { ResourceVector } from '../../core/resources.ts';
import { availabilityFromStatus, isStale } from './forecasts.ts';
import { conditionOf, type Node } from './kubernetes.ts';

const LABEL_INSTANCE_TYPE = 'node.kubernetes.io/instance-type';

/** What the operator is configured with that says how nodes are read. */
export interface NodeSettings {
  /** Extended resource that counts as `gpu`. */
  readonly gpuResourceName: string;
  /** Bits per second of a node without the annotation. */
  readonly defaultNetworkBandwidth: number;
}

/** Allocatable, in base units. */
export function capacityOf(node: Node, settings: NodeSettings): ResourceVector {
  const allocatable = node.status?.allocatable ?? {};
  return {
    cpu: amount(allocatable.cpu, 0),
    memory: amount(allocatable.memory, 0),
    gpu: amount(allocatable[settings.gpuResourceName], 0),
    network: bandwidthOf(node, settings),
  };
}

export function bandwidthOf(node: Node, settings: NodeSettings): number {
  return amount(node.metadata?.annotations?.[ANNOTATION_NETWORK_BANDWIDTH], settings.defaultNetworkBandwidth);
}

/** An annotation that is no positive number is as good as none: the node is then like any other. */
export function speedOf(node: Node): number {
  const speed = Number(node.metadata?.annotations?.[ANNOTATION_SPEED] ?? '1');
  return Number.isFinite(speed) && speed > 0 ? speed : 1;
}

/** The kind of machine, as the cloud's controller labels it. */
export function nodeTypeOf(node: Node): string | undefined {
  return node.metadata?.labels?.[LABEL_INSTANCE_TYPE];
}

function readiness(node: Node): 'True' | 'False' | 'Unknown' {
  const status = conditionOf(node, 'Ready')?.status;
  // A node that has just joined has no condition yet. It is not ready, and nothing ran on it.
  return status === 'True' || status === 'Unknown' ? status : 'False';
}

export function nodeFacts(node: Node, forecast: NodeForecast | undefined): NodeFacts {
  const since = conditionOf(node, 'Ready')?.lastTransitionTime ?? node.metadata?.creationTimestamp;
  const drifted = forecast?.status?.conditions?.find((c) => c.type === 'Drifted' && c.status === 'True');
  return {
    name: node.metadata?.name ?? '',
    ready: readiness(node),
    readySince: since === undefined ? 0 : Date.parse(since),
    cordoned: node.spec?.unschedulable === true,
    taints: node.spec?.taints ?? [],
    drift: drifted?.message,
  };
}

/** May a Job be started on the node, and can what runs there be ended? */
export function nodeState(node: Node | undefined): NodeState {
  if (node === undefined) return 'Gone';
  const ready = readiness(node);
  if (ready === 'Unknown') return 'Unreachable';
  return ready === 'True' && node.spec?.unschedulable !== true ? 'Usable' : 'Unusable';
}

/** What others have taken of a node: requests of their bound pods, and how many these are. */
export interface Taken {
  readonly requested: ResourceVector;
  /** Of all that is not among the four resources, by name. */
  readonly extended?: ReadonlyMap<string, number>;
  readonly pods: number;
}

export type NodeAvailability = Pick<NodeSnapshot, 'availability' | 'forecastStale'>;

/** What a NodeForecast says, if there is one. */
export function publishedAvailability(forecast: NodeForecast | undefined, now: number): NodeAvailability {
  return {
    availability: forecast === undefined ? {} : availabilityFromStatus(forecast),
    forecastStale: forecast === undefined || isStale(forecast, now),
  };
}

export function nodeSnapshot(
  node: Node,
  available: NodeAvailability,
  taken: Taken,
  settings: NodeSettings,
): NodeSnapshot {
  const ready = readiness(node) === 'True';
  const cordoned = node.spec?.unschedulable === true;
  return {
    name: node.metadata?.name ?? '',
    labels: node.metadata?.labels ?? {},
    taints: node.spec?.taints ?? [],
    schedulable: ready && !cordoned,
    ...(ready
      ? cordoned
        ? { unschedulableReason: 'is cordoned' }
        : {}
      : { unschedulableReason: 'is not ready' }),
    capacity: capacityOf(node, settings),
    requested: taken.requested,
    ...extendedOf(node, taken, settings),
    podSlots: Math.max(0, amount(node.status?.allocatable?.pods, 110) - taken.pods),
    speed: speedOf(node),
    bandwidth: bandwidthOf(node, settings),
    ...available,
  };
}

/** Nothing where the node has only the resources that are forecast. */
function extendedOf(
  node: Node,
  taken: Taken,
  { gpuResourceName }: NodeSettings,
): Pick<NodeSnapshot, 'extended'> {
  const known = ['cpu', 'memory', 'pods', gpuResourceName];
  const others = Object.entries(node.status?.allocatable ?? {}).filter(([name]) => !known.includes(name));
  if (others.length === 0) return {};
  return {
    extended: Object.fromEntries(
      others.map(([name, quantity]) => [
        name,
        { allocatable: amount(quantity, 0), requested: taken.extended?.get(name) ?? 0 },
      ]),
    ),
  };
}

function amount(quantity: string | undefined, fallback: number): number {
  if (quantity === undefined) return fallback;
  return tryParseQuantity(quantity) ?? fallback;
}
