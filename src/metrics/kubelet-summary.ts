/**
 * Observed load from each kubelet's `/stats/summary`, through the API server's node proxy: CPU, memory and network of
 * nodes and pods, where there is neither Prometheus nor metrics-server. One request a node and look.
 *
 * CPU and network are taken from counters, from one look to the next, and so are the mean of all the time between.
 * Memory is the working set, of nodes and pods alike. k8s.io/kubelet/pkg/apis/stats/v1alpha1.
 */
import type { Load } from '../core/resources.ts';
import type { KubeClient } from '../runtime/index.ts';
import { CounterRates } from './counter-rates.ts';
import { sampleTime } from './time.ts';
import { MetricsError, NOTHING } from './types.ts';
import type { LoadReport, Observation, ObservedLoadSource, PodReference, PodUsage } from './types.ts';

interface CpuStats {
  readonly time?: string;
  /** Cumulative, nanoseconds of one core. */
  readonly usageCoreNanoSeconds?: number;
}

interface Stats {
  readonly cpu?: CpuStats;
  readonly memory?: { readonly workingSetBytes?: number };
  /** Of the interface that holds the default route; cumulative. */
  readonly network?: { readonly time?: string; readonly rxBytes?: number; readonly txBytes?: number };
}

interface PodStats extends Stats {
  readonly podRef?: { readonly name?: string; readonly namespace?: string; readonly uid?: string };
}

interface Summary {
  readonly node?: Stats;
  readonly pods?: readonly PodStats[];
}

export interface KubeletSummaryOptions {
  readonly client: KubeClient;
  /** Names of the nodes there are. */
  nodes(): readonly string[];
  /** Samples older than this are dropped; default 5 minutes. */
  readonly stalenessMs?: number;
  now(): number;
  onWarning?(message: string): void;
}

/** Kubelets that are asked at once: the API server holds two connections for each. */
const CONCURRENCY = 16;
const NANO = 1e-9;
const BITS = 8;

export class KubeletSummarySource implements ObservedLoadSource {
  readonly name = "the kubelets' stats/summary";
  readonly #options: KubeletSummaryOptions;
  readonly #rates = new CounterRates();

  constructor(options: KubeletSummaryOptions) {
    this.#options = options;
  }

  async observe(signal: AbortSignal, pods: readonly PodReference[] = []): Promise<LoadReport> {
    const wanted = new Set(pods.map(({ namespace, name }) => `${namespace}/${name}`));
    const nodes: Observation[] = [];
    const usages: PodUsage[] = [];
    const failures: string[] = [];
    const waiting = [...this.#options.nodes()];
    const asked = waiting.length;
    const work = async (): Promise<void> => {
      for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
        try {
          const summary = await this.#ask(node, signal);
          const observation = this.#observation(node, summary.node ?? {});
          if (observation === undefined) failures.push(`${node}: its sample is old: look at its clock`);
          else nodes.push(observation);
          usages.push(...this.#usages(summary.pods ?? [], wanted));
        } catch (error) {
          signal.throwIfAborted();
          failures.push(error instanceof Error ? error.message : String(error));
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    this.#rates.prune();
    this.#report(failures, asked);
    return { nodes: nodes.sort((a, b) => (a.node < b.node ? -1 : 1)), pods: usages };
  }

  #ask(node: string, signal: AbortSignal): Promise<Summary> {
    const path = `/api/v1/nodes/${encodeURIComponent(node)}/proxy/stats/summary`;
    return this.#options.client.raw<Summary>('GET', path, { signal });
  }

  /** Nodes that do not answer are told of; when none does, there is nothing to go on with. */
  #report(failures: readonly string[], asked: number): void {
    const [first] = failures;
    if (first === undefined) return;
    const message = `${this.name}: ${failures.length} of ${asked} nodes did not answer: ${first}`;
    if (failures.length === asked) throw new MetricsError(message);
    this.#options.onWarning?.(message);
  }

  #observation(node: string, stats: Stats): Observation | undefined {
    const { stalenessMs = 300_000 } = this.#options;
    const time = sampleTime(Date.parse(stats.cpu?.time ?? ''), this.#options.now(), stalenessMs);
    return time === undefined ? undefined : { node, time, load: this.#load(`node/${node}`, stats) };
  }

  #usages(pods: readonly PodStats[], wanted: ReadonlySet<string>): PodUsage[] {
    return pods.flatMap((stats) => {
      const { namespace = '', name = '', uid = '' } = stats.podRef ?? {};
      if (!wanted.has(`${namespace}/${name}`)) return [];
      return [{ namespace, name, usage: this.#load(`pod/${uid}`, stats) }];
    });
  }

  #load(key: string, { cpu, memory, network }: Stats): Load {
    const cores = this.#rate(`${key}/cpu`, cpu?.time, cpu?.usageCoreNanoSeconds);
    const { time, rxBytes, txBytes } = network ?? {};
    const bytes =
      rxBytes === undefined && txBytes === undefined ? undefined : (rxBytes ?? 0) + (txBytes ?? 0);
    const bytesPerSecond = this.#rate(`${key}/network`, time, bytes);
    return {
      ...NOTHING,
      cpu: cores === null ? null : cores * NANO,
      memory: memory?.workingSetBytes ?? null,
      network: bytesPerSecond === null ? null : bytesPerSecond * BITS,
    };
  }

  #rate(key: string, time: string | undefined, value: number | undefined): number | null {
    const at = Date.parse(time ?? '');
    return value === undefined || Number.isNaN(at) ? null : this.#rates.rate(key, at, value);
  }
}
