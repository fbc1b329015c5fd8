/** RFC 3339 times, by the API server's own rule for `format: date-time` (kube-openapi, pkg/validation/strfmt). */

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})t([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(z|[+-]\d{2}:\d{2})$/;

export function isDateTime(text: string): boolean {
  const match = DATE_TIME.exec(text.toLowerCase());
  if (match === null) return false;
  const [year = 0, month = 0, day = 0] = match.slice(1, 4).map(Number);
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** Of a text that is one. JavaScript keeps milliseconds; what is finer is cut off. */
export function parseDateTime(text: string): Date {
  return new Date(text.toUpperCase());
}
