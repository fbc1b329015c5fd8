/**
 * Observed load from `metrics.k8s.io` (metrics-server, or an adapter): CPU and memory of nodes and pods.
 *
 * Its memory is the working set, of nodes and pods alike; it knows neither GPU nor network.
 * https://github.com/kubernetes/metrics, KEP-118.
 */
import { tryParseQuantity } from '../core/quantity/index.ts';
import type { Load } from '../core/resources.ts';
import { isNotFound } from '../runtime/index.ts';
import type { KubeClient, KubernetesObject, ResourceType } from '../runtime/index.ts';
import { sampleTime } from './time.ts';
import { MetricsError, NOTHING } from './types.ts';
import type { LoadReport, Observation, ObservedLoadSource, PodReference, PodUsage } from './types.ts';

const TYPE = { group: 'metrics.k8s.io', version: 'v1beta1' } as const;
const NODE_METRICS: ResourceType = { ...TYPE, plural: 'nodes', kind: 'NodeMetrics', namespaced: false };
const POD_METRICS: ResourceType = { ...TYPE, plural: 'pods', kind: 'PodMetrics', namespaced: true };

type Usage = Readonly<Partial<Record<string, string>>>;

interface NodeMetrics extends KubernetesObject {
  /** End of the window in which usage was measured. */
  readonly timestamp?: string;
  readonly usage?: Usage;
}

interface PodMetrics extends KubernetesObject {
  readonly containers?: readonly { readonly usage?: Usage }[];
}

export interface MetricsApiOptions {
  readonly client: KubeClient;
  /** That Foreshard's own pods carry: only those are read. */
  readonly podSelector: string;
  /** Samples older than this are dropped; default 5 minutes. */
  readonly stalenessMs?: number;
  now(): number;
  onWarning?(message: string): void;
}

export class MetricsApiSource implements ObservedLoadSource {
  readonly name = 'metrics.k8s.io';
  readonly #options: MetricsApiOptions;

  constructor(options: MetricsApiOptions) {
    this.#options = options;
  }

  async observe(signal: AbortSignal, pods: readonly PodReference[] = []): Promise<LoadReport> {
    return { nodes: await this.#nodes(signal), pods: pods.length === 0 ? [] : await this.#pods(signal) };
  }

  async #nodes(signal: AbortSignal): Promise<Observation[]> {
    const { client, stalenessMs = 300_000 } = this.#options;
    const { items } = await client.list<NodeMetrics>(NODE_METRICS, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw unavailable(error);
    });
    const nodes: Observation[] = [];
    const late: string[] = [];
    for (const { metadata, timestamp, usage = {} } of items) {
      const node = metadata?.name ?? '';
      const time = sampleTime(Date.parse(timestamp ?? ''), this.#options.now(), stalenessMs);
      if (time === undefined) late.push(node);
      else nodes.push({ node, time, load: loadOf(usage) });
    }
    if (late.length > 0) {
      this.#options.onWarning?.(
        `${this.name}: ${late.length} nodes have no sample of the last ${stalenessMs / 1000} s ` +
          `(${late.slice(0, 3).join(', ')}): look at their kubelets, and at their clocks`,
      );
    }
    return nodes.sort((a, b) => (a.node < b.node ? -1 : 1));
  }

  async #pods(signal: AbortSignal): Promise<PodUsage[]> {
    const { client, podSelector: labelSelector } = this.#options;
    try {
      const { items } = await client.list<PodMetrics>(POD_METRICS, { labelSelector, signal });
      return items.map(({ metadata, containers = [] }) => ({
        namespace: metadata?.namespace ?? '',
        name: metadata?.name ?? '',
        usage: containers.map(({ usage = {} }) => loadOf(usage)).reduce(sum, NOTHING),
      }));
    } catch (error) {
      signal.throwIfAborted();
      this.#options.onWarning?.(`${unavailable(error).message}; pods count with their requests`);
      return [];
    }
  }
}

function loadOf(usage: Usage): Load {
  const amount = (quantity: string | undefined): number | null =>
    quantity === undefined ? null : (tryParseQuantity(quantity) ?? null);
  return { ...NOTHING, cpu: amount(usage.cpu), memory: amount(usage.memory) };
}

/** A container that was not measured leaves the pod's sum as it is. */
function sum(a: Load, b: Load): Load {
  const both = (x: number | null, y: number | null): number | null => (x === null ? y : x + (y ?? 0));
  return { ...NOTHING, cpu: both(a.cpu, b.cpu), memory: both(a.memory, b.memory) };
}

function unavailable(error: unknown): MetricsError {
  const reason = error instanceof Error ? error.message : String(error);
  const next = isNotFound(error) ? '; install metrics-server, or set observe.prometheus.url' : '';
  return new MetricsError(`metrics.k8s.io could not be asked: ${reason}${next}`, { cause: error });
}
