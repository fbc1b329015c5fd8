/**
 * Conditions, as in metav1.Condition and its `SetStatusCondition`.
 */
import { secondTime } from './micro-time.ts';

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  /** CamelCase; required. */
  reason: string;
  message: string;
  /** RFC 3339, when the status last changed. */
  lastTransitionTime: string;
  /** The `metadata.generation` that the condition was made for. */
  observedGeneration?: number;
}

/**
 * The conditions with one of them set; the list given is not changed. `lastTransitionTime` moves to `now` (epoch ms)
 * only when the status changes, so a condition that still holds is equal to what is stored and needs no write.
 */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  condition: Omit<Condition, 'lastTransitionTime'>,
  now: number,
): Condition[] {
  const existing = findCondition(conditions, condition.type);
  const lastTransitionTime =
    existing?.status === condition.status ? existing.lastTransitionTime : secondTime(now);
  const next = { ...condition, lastTransitionTime };
  if (existing === undefined) return [...(conditions ?? []), next];
  return (conditions ?? []).map((other) => (other.type === condition.type ? next : other));
}

/**
 * The conditions with all of `next` set, each as `setCondition` does: what a controller says of one `generation`
 * (`metadata.generation`, undefined where the object has none) at one time (`now`, epoch ms).
 */
export function setConditions(
  conditions: readonly Condition[] | undefined,
  next: readonly Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>[],
  { generation, now }: { readonly generation: number | undefined; readonly now: number },
): Condition[] {
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  return next.reduce<Condition[]>(
    (all, condition) => setCondition(all, { ...condition, ...observed }, now),
    [...(conditions ?? [])],
  );
}

export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isConditionTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}
