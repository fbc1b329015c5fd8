/** Items that occur twice, in lists that are sets or maps (`x-kubernetes-list-type`). */
import type { Problem } from '../problem.ts';
import { formatPath, isObject, type FieldPath } from './field-path.ts';
import { schemaOf } from './prepare.ts';
import type { StructuralSchema } from './schema.ts';

export function findDuplicates(value: unknown, schema: StructuralSchema, path: FieldPath = []): Problem[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    const inside =
      items === undefined ? [] : value.flatMap((item, i) => findDuplicates(item, items, [...path, i]));
    return [...duplicateItems(value, schema, path), ...inside];
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    const fieldSchema = schemaOf(schema, key);
    return fieldSchema === undefined ? [] : findDuplicates(field, fieldSchema, [...path, key]);
  });
}

function duplicateItems(list: readonly unknown[], schema: StructuralSchema, path: FieldPath): Problem[] {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const counts = new Map<string, number>();
  return comparable(list, type).flatMap((item, i) => {
    const identity = type === 'set' ? JSON.stringify(item) : mapKey(item, keys);
    const count = (counts.get(identity) ?? 0) + 1;
    counts.set(identity, count);
    // A third one is not told again.
    if (count !== 2) return [];
    const message = `Duplicate value: ${identity}`;
    return [{ field: formatPath([...path, i]), reason: 'FieldValueDuplicate', message }];
  });
}

/** The API server takes null for an empty object, and stops at an item that is anything else. */
function comparable(list: readonly unknown[], type: 'set' | 'map'): readonly unknown[] {
  const end = type === 'set' ? -1 : list.findIndex((item) => item !== null && !isObject(item));
  return end < 0 ? list : list.slice(0, end);
}

function mapKey(item: unknown, keys: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(keys.map((key) => [key, isObject(item) ? item[key] : undefined])));
}
