/** The runs of one type of task: over all nodes, by node type and by node (README: what is made of them). */
import { byResource, RESOURCES, type Resource } from '../resources.ts';
import { RecentValues } from './recent-values.ts';
import type { DurationEstimate, FinishedRun } from './types.ts';
import { totalWeight, weightedQuantile, type Weighted } from './weighted.ts';

/** How many runs what stands above counts for: the spec's estimate, the node's type, the other nodes. */
export const PRIOR_RUNS = 3;

/** Of the spec's estimate, in the logarithm: it may well be half as long again. */
const PRIOR_SPREAD = Math.log(1.5);

const KEPT = { ofType: 256, ofNodeType: 64, ofNode: 32 } as const;

/** Containers' times are whole seconds: a run of 0 s took some of one. */
const SHORTEST_SECONDS = 0.5;

interface Centre {
  /** Of the logarithms. */
  readonly median: number;
  readonly p90: number;
  readonly weight: number;
}

/** What comes of the runs so far: made when it is asked for, and good until the next run. */
interface Summary {
  readonly centre: Centre;
  /** How far in the logarithm, by node type and by node. */
  readonly ofNodeType: ReadonlyMap<string, number>;
  readonly ofNode: ReadonlyMap<string, number>;
  readonly peaks: Readonly<Record<Resource, Peak | undefined>>;
}

/** A 90 % quantile, and how many runs it is of. */
export interface Peak {
  readonly amount: number;
  readonly weight: number;
}

export class TypeRuns {
  readonly #durations = new RecentValues(KEPT.ofType);
  readonly #byNodeType = new Map<string, RecentValues>();
  readonly #byNode = new Map<string, { nodeType: string | undefined; readonly durations: RecentValues }>();
  readonly #peaks = byResource(() => new RecentValues(KEPT.ofType));
  #newest = -Infinity;
  #succeeded = 0;
  #summary: Summary | undefined;

  /** Those whose durations were learned from. */
  get runs(): number {
    return this.#succeeded;
  }

  add(run: FinishedRun): void {
    this.#summary = undefined;
    this.#newest = Math.max(this.#newest, run.end);
    for (const resource of RESOURCES) {
      const used = run.used[resource];
      if (used !== null && Number.isFinite(used)) this.#peaks[resource].add(run.end, used);
    }
    if (run.outcome !== 'Succeeded') return;
    this.#succeeded += 1;
    const work = Math.log(Math.max(run.seconds, SHORTEST_SECONDS) * run.speed);
    this.#durations.add(run.end, work);
    if (run.nodeType !== undefined) this.#ofNodeType(run.nodeType).add(run.end, work);
    const ofNode = this.#ofNode(run.node);
    ofNode.nodeType = run.nodeType ?? ofNode.nodeType;
    ofNode.durations.add(run.end, work);
  }

  /** @param estimateSeconds what the spec says: the prior */
  duration(estimateSeconds: number): DurationEstimate {
    const prior = Math.log(Math.max(estimateSeconds, SHORTEST_SECONDS));
    const { median, p90, weight } = this.#summarised().centre;
    return {
      p50: Math.exp(shrunk(median, weight, prior)),
      p90: Math.exp(shrunk(p90, weight, prior + PRIOR_SPREAD)),
    };
  }

  /**
   * How many times as long a task of this type takes there as on a node of which nothing is known. The less the runs
   * count against the spec's estimate, the less they count here.
   */
  pace(node: string, nodeType: string | undefined): number {
    const { centre, ofNode, ofNodeType } = this.#summarised();
    const offset = ofNode.get(node) ?? ofNodeType.get(nodeType ?? '') ?? 0;
    return Math.exp((offset * centre.weight) / (centre.weight + PRIOR_RUNS));
  }

  /** Undefined where no run's was measured. */
  peak(resource: Resource): Peak | undefined {
    return this.#summarised().peaks[resource];
  }

  #ofNodeType(nodeType: string): RecentValues {
    const known = this.#byNodeType.get(nodeType) ?? new RecentValues(KEPT.ofNodeType);
    this.#byNodeType.set(nodeType, known);
    return known;
  }

  #ofNode(node: string): { nodeType: string | undefined; readonly durations: RecentValues } {
    const known = this.#byNode.get(node) ?? {
      nodeType: undefined,
      durations: new RecentValues(KEPT.ofNode),
    };
    this.#byNode.set(node, known);
    return known;
  }

  #summarised(): Summary {
    this.#summary ??= this.#summarise();
    return this.#summary;
  }

  #summarise(): Summary {
    const newest = this.#newest;
    const centre = centreOf(this.#durations.weighted(newest));
    const offset = (durations: RecentValues, above: number): number => {
      const own = centreOf(durations.weighted(newest));
      return shrunk(own.median - centre.median, own.weight, above);
    };
    const ofNodeType = new Map([...this.#byNodeType].map(([name, values]) => [name, offset(values, 0)]));
    const ofNode = new Map(
      [...this.#byNode].map(([name, { nodeType, durations }]) => [
        name,
        offset(durations, ofNodeType.get(nodeType ?? '') ?? 0),
      ]),
    );
    const peaks = byResource((resource): Peak | undefined => {
      const values = this.#peaks[resource].weighted(newest);
      if (values.length === 0) return undefined;
      return { amount: weightedQuantile(values, 0.9), weight: totalWeight(values) };
    });
    return { centre, ofNodeType, ofNode, peaks };
  }
}

function centreOf(values: readonly Weighted[]): Centre {
  return {
    median: weightedQuantile(values, 0.5),
    p90: weightedQuantile(values, 0.9),
    weight: totalWeight(values),
  };
}

/** What was seen, worth `weight` runs, drawn towards what stands above, worth `PRIOR_RUNS`. */
function shrunk(seen: number, weight: number, above: number): number {
  return weight > 0 ? (weight * seen + PRIOR_RUNS * above) / (weight + PRIOR_RUNS) : above;
}
