/**
 * Requirements of labels, as node selectors and label selectors have them alike
 * (`k8s.io/apimachinery/pkg/labels.Requirement`); only node selectors know Gt and Lt.
 */
import type { NodeSelectorRequirement } from './types.ts';

export type Labels = Readonly<Record<string, string>>;

const INTEGER = /^[+-]?[0-9]+$/;
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** A label may be called "constructor". */
export function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** A requirement that Kubernetes would call invalid (Gt with two values) matches nothing. */
export function matchesLabel(
  labels: Labels,
  { key, operator, values = [] }: NodeSelectorRequirement,
): boolean {
  const value = labelOf(labels, key);
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return values.length > 0 && (value === undefined || !values.includes(value));
    case 'Exists':
      return values.length === 0 && value !== undefined;
    case 'DoesNotExist':
      return values.length === 0 && value === undefined;
    case 'Gt':
      return compare(value, values, (a, b) => a > b);
    case 'Lt':
      return compare(value, values, (a, b) => a < b);
    default:
      return false;
  }
}

function compare(
  value: string | undefined,
  values: readonly string[],
  holds: (a: bigint, b: bigint) => boolean,
): boolean {
  const label = parseInt64(value);
  const bound = values.length === 1 ? parseInt64(values[0]) : undefined;
  return label !== undefined && bound !== undefined && holds(label, bound);
}

function parseInt64(text: string | undefined): bigint | undefined {
  if (text === undefined || !INTEGER.test(text)) return undefined;
  const number = BigInt(text.replace(/^\+/, ''));
  return number >= INT64.min && number <= INT64.max ? number : undefined;
}
