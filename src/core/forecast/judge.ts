/** Experts held against what came: losses of an origin, by horizon bucket. */
import { bucketOf, judgingLeads } from './judging.ts';
import type { Part } from './judging.ts';
import { Opinions } from './panel.ts';
import type { Panel, PlacedPanel } from './panel.ts';
import type { RunningLosses } from './running-losses.ts';

/** Called with every lead that was judged; `opinions` is used again for the next. */
export type OnLead = (lead: number, actual: number, opinions: Opinions) => void;

/** Mean losses of an origin's leads, for each bucket and expert; NaN: none. */
export interface Verdict {
  readonly buckets: readonly { readonly bucket: number; readonly losses: Float64Array }[];
}

export class Judge {
  readonly #panel: Panel;
  readonly #experts: number;
  readonly #opinions: Opinions;

  constructor(panel: Panel, experts: number) {
    this.#panel = panel;
    this.#experts = experts;
    this.#opinions = new Opinions(experts, panel.course.levels.length);
  }

  /** Judges the `count`-th origin by the leads of a part that were measured. */
  judge(placed: PlacedPanel, origin: number, count: number, part: Part, onLead?: OnLead): Verdict {
    const { values, horizon, levels } = this.#panel.course;
    const opinions = this.#opinions;
    const sums = new Map<number, { losses: Float64Array; counts: Float64Array }>();
    for (const lead of judgingLeads(count, horizon, part)) {
      const actual = values[origin - 1 + lead] ?? NaN;
      if (Number.isNaN(actual) || !placed.ask(lead, opinions)) continue;
      onLead?.(lead, actual, opinions);
      const bucket = bucketOf(lead);
      let sum = sums.get(bucket);
      if (sum === undefined) {
        sum = { losses: new Float64Array(this.#experts), counts: new Float64Array(this.#experts) };
        sums.set(bucket, sum);
      }
      for (let e = 0; e < this.#experts; e++) {
        if (opinions.has[e] !== 1) continue;
        sum.losses[e] = (sum.losses[e] ?? 0) + crps(actual, opinions.quantiles, e * levels.length, levels);
        sum.counts[e] = (sum.counts[e] ?? 0) + 1;
      }
    }
    return {
      // 0 / 0 is NaN: an expert without an opinion.
      buckets: [...sums].map(([bucket, { losses, counts }]) => ({
        bucket,
        losses: losses.map((loss, e) => loss / (counts[e] ?? 0)),
      })),
    };
  }
}

export function remember(verdict: Verdict, losses: RunningLosses): void {
  for (const { bucket, losses: ofBucket } of verdict.buckets) losses.add(bucket, ofBucket);
}

/** Twice the mean pinball loss of the quantiles that begin at `from`: an approximation of the CRPS. */
export function crps(
  actual: number,
  quantiles: Float64Array,
  from: number,
  levels: readonly number[],
): number {
  let sum = 0;
  for (let l = 0; l < levels.length; l++) {
    const level = levels[l] ?? 0;
    const difference = actual - (quantiles[from + l] ?? 0);
    sum += difference >= 0 ? level * difference : (level - 1) * difference; // pinballLoss, called thousands of times
  }
  return (2 * sum) / levels.length;
}
