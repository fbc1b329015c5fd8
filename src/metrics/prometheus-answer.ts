/** What `/api/v1/query` answers. Nothing of it is believed unseen: a proxy's error page is no answer. */

export interface Element {
  readonly labels: Readonly<Record<string, string>>;
  /** ms since the epoch. */
  readonly time: number;
  /** May be NaN or infinite. */
  readonly value: number;
}

export interface Answer {
  readonly elements: readonly Element[];
  readonly warnings: readonly string[];
}

const LONGEST_EXCERPT = 200;

/** The instant vector in a body, or what is wrong with it. */
export function parseInstantVector(body: string): Answer | string {
  const answer = parseJson(body);
  if (!isObject(answer) || typeof answer.status !== 'string') {
    return `this is no answer of Prometheus: ${body.slice(0, LONGEST_EXCERPT).trim() || '(nothing)'}`;
  }
  if (answer.status !== 'success') return `${text(answer.errorType)}: ${text(answer.error)}`;
  const data = answer.data;
  if (!isObject(data) || data.resultType !== 'vector' || !Array.isArray(data.result)) {
    const type = isObject(data) ? text(data.resultType) : 'nothing';
    return `the query gives a ${type} where an instant vector is needed`;
  }
  const warnings = Array.isArray(answer.warnings) ? answer.warnings.map(text) : [];
  return { elements: data.result.map(parseElement).filter((element) => element !== undefined), warnings };
}

function parseElement(element: unknown): Element | undefined {
  if (!isObject(element) || !isObject(element.metric) || !Array.isArray(element.value)) return undefined;
  const [seconds, value] = element.value as unknown[];
  if (typeof seconds !== 'number' || typeof value !== 'string') return undefined;
  const labels = Object.entries(element.metric).map(([name, label]) => [name, text(label)] as const);
  return { labels: Object.fromEntries(labels), time: Math.round(seconds * 1000), value: parseSample(value) };
}

/** Go's spelling of a float64. */
function parseSample(value: string): number {
  if (value === '+Inf') return Infinity;
  if (value === '-Inf') return -Infinity;
  return Number(value === '' ? NaN : value);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const text = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? 'unknown');
