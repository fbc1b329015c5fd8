/** Times of the API (RFC 3339) and of the core (milliseconds since the epoch). */

/** RFC 3339 has years of four digits: what is to end later is told with its last moment. */
const LAST = Date.parse('9999-12-31T23:59:59Z');

/** In whole seconds, as Kubernetes' own times are. */
export function rfc3339(time: number): string {
  return `${new Date(Math.min(time, LAST)).toISOString().slice(0, 19)}Z`;
}

/**
 * The start of a window, in milliseconds. The API tells whole seconds: one that is still to come is rounded up, so
 * that a task does not start while the one before it still runs.
 */
export function wholeStart(startTime: number, now: number): number {
  return (startTime <= now ? Math.floor(startTime / 1000) : Math.ceil(startTime / 1000)) * 1000;
}

export function parseTime(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}
