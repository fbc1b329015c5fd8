/**
 * When and by which leads the experts are judged.
 *
 * At origins a few hours apart they are asked for some leads of every horizon bucket: what is best within the hour is
 * seldom best tomorrow. The leads differ from origin to origin, so that in the long run all are asked. An origin is
 * judged in two parts: the near leads when these have come, the far ones when the whole horizon has.
 */

/** Last leads of the horizon buckets, in rows. */
const BUCKET_ENDS = [1, 4, 12, 36, 96, Infinity] as const;
const LEADS_IN_BUCKET = [1, 2, 3, 3, 3, 4] as const;
export const BUCKETS = BUCKET_ENDS.length;
/** Buckets before this one are near. */
export const FAR_BUCKET = 4;
const NEAR_ROWS = 36;

const MOST_ROWS_APART = 36;
const FEWEST_ROWS_APART = 12;
const SECONDS_APART = 10_800;
/** Of coarse rows a third; the finer, the fewer seconds apart, since histories of fine rows are short. */
const REFERENCE_STEP_SECONDS = 300;

export type Part = 'near' | 'far';

export function bucketOf(lead: number): number {
  let bucket = 0;
  while (lead > (BUCKET_ENDS[bucket] ?? Infinity)) bucket += 1;
  return bucket;
}

/** Rows between two origins. */
export function judgingStride(stepSeconds: number): number {
  const rows = Math.round(
    (SECONDS_APART / REFERENCE_STEP_SECONDS) * Math.min(1, stepSeconds / REFERENCE_STEP_SECONDS),
  );
  return Math.min(MOST_ROWS_APART, Math.max(FEWEST_ROWS_APART, rows));
}

/** Rows after an origin at which a part of it has come. */
export function rowsToCome(part: Part, horizon: number): number {
  return part === 'near' ? Math.min(NEAR_ROWS, horizon) : horizon;
}

/** Ascending leads of the part of the `count`-th origin. */
export function judgingLeads(count: number, horizon: number, part: Part): number[] {
  const leads = new Set<number>();
  const [first, last] = part === 'near' ? [0, FAR_BUCKET] : [FAR_BUCKET, BUCKETS];
  for (let bucket = first; bucket < last; bucket++) {
    const from = bucket === 0 ? 0 : (BUCKET_ENDS[bucket - 1] ?? 0);
    const to = Math.min(horizon, BUCKET_ENDS[bucket] ?? horizon);
    const wanted = LEADS_IN_BUCKET[bucket] ?? 1;
    for (let i = 0; i < wanted; i++) {
      // The golden ratio's multiples are spread evenly, however many origins there are.
      const jitter = (count * 0.618_033_988_75 + i * 0.37) % 1;
      const lead = from + Math.max(1, Math.ceil(((to - from) * (i + jitter)) / wanted));
      if (lead <= to) leads.add(lead);
    }
  }
  return [...leads].sort((a, b) => a - b);
}
