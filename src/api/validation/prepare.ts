/**
 * What the API server does to an object between decoding and validation: it takes out nulls that the schema
 * does not allow, and puts in defaults (apiextensions-apiserver, pkg/apiserver/schema/defaulting).
 */
import { isObject } from './field-path.ts';
import type { StructuralSchema } from './schema.ts';

/** A copy; the value given is left as it is. */
export function prepare(value: unknown, schema: StructuralSchema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? (value as unknown[]) : value.map((item) => prepare(item, items));
  }
  if (!isObject(value)) return value;

  const prepared: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const fieldSchema = schemaOf(schema, key);
    if (fieldSchema === undefined) prepared[key] = field;
    else if (field !== null || fieldSchema.nullable === true) prepared[key] = prepare(field, fieldSchema);
  }
  for (const [key, fieldSchema] of Object.entries(schema.properties ?? {})) {
    if (fieldSchema.default === undefined || Object.hasOwn(prepared, key)) continue;
    prepared[key] = prepare(fieldSchema.default, fieldSchema);
  }
  return prepared;
}

/** The schema of an object's field; undefined for one that the schema does not know. */
export function schemaOf(schema: StructuralSchema, key: string): StructuralSchema | undefined {
  const { properties, additionalProperties } = schema;
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
}
