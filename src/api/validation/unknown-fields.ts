/** Fields that the schema does not know: refused by `kubectl apply`, which asks for strict field validation. */
import type { Problem } from '../problem.ts';
import { formatPath, isObject, type FieldPath } from './field-path.ts';
import { schemaOf } from './prepare.ts';
import { suggestion } from '../suggestion.ts';
import type { StructuralSchema } from './schema.ts';

export function findUnknownFields(value: unknown, schema: StructuralSchema, path: FieldPath = []): Problem[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined
      ? []
      : value.flatMap((item, i) => findUnknownFields(item, items, [...path, i]));
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    const fieldSchema = schemaOf(schema, key);
    const fieldPath = [...path, key];
    if (fieldSchema !== undefined) return findUnknownFields(field, fieldSchema, fieldPath);
    if (schema['x-kubernetes-preserve-unknown-fields'] === true) return [];
    return [unknownField(fieldPath, Object.keys(schema.properties ?? {}))];
  });
}

function unknownField(path: FieldPath, known: readonly string[]): Problem {
  const hint = suggestion(String(path.at(-1)), known);
  const fields = known.length === 0 ? '' : ` (there are ${known.toSorted().join(', ')})`;
  const field = formatPath(path);
  const message = `unknown field "${field}"${hint === '' ? fields : hint}`;
  return { field, reason: 'FieldValueUnknown', message };
}
