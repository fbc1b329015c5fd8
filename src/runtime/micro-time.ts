/**
 * Timestamps as the API server wants them. A Lease and an Event take metav1.MicroTime, which must have six digits of
 * fraction; everything else takes metav1.Time, which has none.
 */

/** metav1.MicroTime of epoch milliseconds: `2026-01-02T03:04:05.678000Z`. */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}

/** metav1.Time of epoch milliseconds: `2026-01-02T03:04:05Z`. */
export function secondTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
