/** RFC 3339 in whole seconds, as Kubernetes' own times are. */
export function rfc3339(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
