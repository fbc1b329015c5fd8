/**
 * Types, required fields, enums, limits and patterns, checked by ajv from the CRD's own schema, and told in the
 * API server's words (kube-openapi, pkg/validation/validate, and apiextensions-apiserver's field errors).
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Problem } from '../problem.ts';
import { formatPath, isObject, type FieldPath } from './field-path.ts';
import type { StructuralSchema } from './schema.ts';
import { isDateTime } from './date-time.ts';

export type StructureCheck = (value: unknown) => Problem[];

const INT32_MAX = 2 ** 31 - 1;
const INT64_LIMIT = 2 ** 63;

export function compileStructure(schema: StructuralSchema): StructureCheck {
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: false, validateFormats: true });
  ajv.addFormat('date-time', { type: 'string', validate: isDateTime });
  ajv.addFormat('int32', { type: 'number', validate: (n: number) => n >= -INT32_MAX - 1 && n <= INT32_MAX });
  ajv.addFormat('int64', { type: 'number', validate: (n: number) => n >= -INT64_LIMIT && n < INT64_LIMIT });
  const validate: ValidateFunction = ajv.compile(toJsonSchema(schema));
  return (value) => {
    if (validate(value)) return [];
    return withoutRepeats(validate.errors ?? []).map((error) => toProblem(error, value));
  };
}

/** In the order in which the API server looks at a string; it tells the first that fails. */
const STRING_KEYWORDS = ['maxLength', 'minLength', 'pattern'];
/** One of these says more than that the number does not fit its format. */
const LIMITS = ['minimum', 'maximum'];

function withoutRepeats(errors: readonly ErrorObject[]): ErrorObject[] {
  const failed = new Map<string, Set<string>>();
  for (const { instancePath, keyword } of errors) {
    failed.set(instancePath, (failed.get(instancePath) ?? new Set()).add(keyword));
  }
  return errors.filter(({ instancePath, keyword }) => {
    const others = failed.get(instancePath) ?? new Set();
    if (keyword === 'format') return !LIMITS.some((limit) => others.has(limit));
    const rank = STRING_KEYWORDS.indexOf(keyword);
    return rank <= 0 || !STRING_KEYWORDS.slice(0, rank).some((earlier) => others.has(earlier));
  });
}

const KEYWORDS = [
  'format',
  'enum',
  'required',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'maxProperties',
] as const satisfies (keyof StructuralSchema)[];

function toJsonSchema(schema: StructuralSchema): Record<string, unknown> {
  const types = schema['x-kubernetes-int-or-string'] === true ? ['integer', 'string'] : schema.type;
  const json: Record<string, unknown> = {};
  if (types !== undefined) json.type = schema.nullable === true ? [types, 'null'].flat() : types;
  for (const keyword of KEYWORDS) {
    if (schema[keyword] !== undefined) json[keyword] = schema[keyword];
  }
  if (schema.items !== undefined) json.items = toJsonSchema(schema.items);
  if (schema.properties !== undefined) {
    const entries = Object.entries(schema.properties).map(([key, value]) => [key, toJsonSchema(value)]);
    json.properties = Object.fromEntries(entries) as unknown;
  }
  if (schema.additionalProperties !== undefined)
    json.additionalProperties = toJsonSchema(schema.additionalProperties);
  return json;
}

function toProblem(error: ErrorObject, root: unknown): Problem {
  const path = toPath(error.instancePath, root);
  const field = formatPath(path);
  const value: unknown = error.data;
  const shown = JSON.stringify(value);
  const limit = String((error.params as { limit?: number }).limit);
  const invalid = (what: string): Problem => ({
    field,
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${Array.isArray(value) ? value.length : shown}: ${field} in body ${what}`,
  });

  switch (error.keyword) {
    case 'required': {
      const { missingProperty } = error.params as { missingProperty: string };
      return {
        field: formatPath([...path, missingProperty]),
        reason: 'FieldValueRequired',
        message: 'Required value',
      };
    }
    case 'type': {
      const expected = [(error.params as { type: string | string[] }).type].flat().join(',');
      const actual = typeName(value);
      const message = `Invalid value: "${actual}": ${field} in body must be of type ${expected}: "${actual}"`;
      return { field, reason: 'FieldValueTypeInvalid', message };
    }
    case 'format': {
      const { format } = error.params as { format: string };
      if (format !== 'date-time') {
        const message = `Invalid value: ${shown}: ${field} in body must be of type ${format}`;
        return { field, reason: 'FieldValueInvalid', message };
      }
      const message = `Invalid value: ${shown}: ${field} in body must be of type ${format}: ${shown}`;
      return { field, reason: 'FieldValueTypeInvalid', message };
    }
    case 'enum': {
      const { allowedValues } = error.params as { allowedValues: unknown[] };
      const values = allowedValues.map((allowed) => JSON.stringify(allowed)).join(', ');
      const message = `Unsupported value: ${shown}: supported values: ${values}`;
      return { field, reason: 'FieldValueNotSupported', message };
    }
    case 'minimum':
      return invalid(`should be greater than or equal to ${limit}`);
    case 'maximum':
      return invalid(`should be less than or equal to ${limit}`);
    case 'minLength':
      return invalid(`should be at least ${limit} chars long`);
    case 'minItems':
      return invalid(`should have at least ${limit} items`);
    case 'pattern':
      return invalid(`should match '${(error.params as { pattern: string }).pattern}'`);
    case 'maxLength':
      return { field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${limit} bytes` };
    case 'maxItems':
    case 'maxProperties': {
      const size = Array.isArray(value) ? value.length : Object.keys(value as object).length;
      return {
        field,
        reason: 'FieldValueTooMany',
        message: `Too many: ${size}: must have at most ${limit} items`,
      };
    }
    default:
      return {
        field,
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${shown}: ${error.message ?? error.keyword}`,
      };
  }
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** A JSON pointer as a path; what is an index, and what a key, is seen from the object itself. */
function toPath(pointer: string, root: unknown): FieldPath {
  const path: (string | number)[] = [];
  let value = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = isObject(value) || Array.isArray(value) ? (value as JsonContainer)[key] : undefined;
  }
  return path;
}

type JsonContainer = Readonly<Record<string, unknown>>;
