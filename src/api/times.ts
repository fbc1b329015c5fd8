/** Times of the API (RFC 3339) and of the core (milliseconds since the epoch). */

/** In whole seconds, as Kubernetes' own times are. */
export function rfc3339(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

export function parseTime(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}
