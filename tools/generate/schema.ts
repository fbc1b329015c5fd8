/**
 * Turns the OpenAPI schemas of the CRDs into one JSON schema in which every object has a name of its own
 * (`names.ts`), so that json-schema-to-typescript writes one interface for each, and shared ones once. Schemas refer to
 * each other by `tsType`: a `$ref` with a description beside it would be written as a second interface.
 */
import type { KindSchema, StructuralSchema } from '../../src/api/validation/schema.ts';
import { interfaceName } from './names.ts';

const LINE_LENGTH = 100;

/** What json-schema-to-typescript reads. */
export interface TypeSchema {
  type?: string;
  description?: string;
  properties?: Record<string, TypeSchema>;
  items?: TypeSchema;
  additionalProperties?: TypeSchema | boolean;
  required?: readonly string[];
  enum?: readonly unknown[];
  tsType?: string;
}

/** Schemas by interface name: the kinds, their lists, and all that they refer to. */
export function typeSchemas(kinds: readonly KindSchema[]): Record<string, TypeSchema> {
  const named = new Map<string, TypeSchema>();
  for (const kind of kinds) {
    define(named, kind.kind, kindSchema(named, kind));
    define(named, `${kind.kind}List`, listSchema(kind));
  }
  return Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function kindSchema(named: Map<string, TypeSchema>, { kind, apiVersion, schema }: KindSchema): TypeSchema {
  const parts = convertProperties(named, kind, { ...schema.properties, metadata: {} });
  return {
    ...parts,
    description: schema.description,
    properties: {
      ...parts.properties,
      apiVersion: { enum: [apiVersion] },
      kind: { enum: [kind] },
      metadata: { tsType: 'ObjectMeta' },
    },
    required: ['apiVersion', 'kind', 'metadata', ...(schema.required ?? [])],
  };
}

function listSchema({ kind, apiVersion }: KindSchema): TypeSchema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      apiVersion: { enum: [apiVersion] },
      kind: { enum: [`${kind}List`] },
      metadata: { tsType: 'ListMeta' },
      items: { type: 'array', items: { tsType: kind } },
    },
    required: ['apiVersion', 'kind', 'metadata', 'items'],
  };
}

function convert(named: Map<string, TypeSchema>, path: string, schema: StructuralSchema): TypeSchema {
  const description = describe(schema);
  if (schema['x-kubernetes-int-or-string'] === true) return { description, tsType: 'number | string' };
  if (schema.enum !== undefined) return { description, enum: [...schema.enum] };
  if (schema.type === 'array') {
    return { description, type: 'array', items: convert(named, `${path}[]`, schema.items ?? {}) };
  }
  if (schema.properties !== undefined) {
    const name = interfaceName(path);
    define(named, name, {
      ...convertProperties(named, path, schema.properties),
      required: [...(schema.required ?? [])],
      additionalProperties: schema['x-kubernetes-preserve-unknown-fields'] === true,
    });
    return { description, tsType: name };
  }
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object') {
    if (schema.additionalProperties.type !== 'string')
      throw new Error(`${path}: only maps of strings are expected.`);
    return { description, tsType: 'Record<string, string>' };
  }
  return { description, type: schema.type };
}

function convertProperties(
  named: Map<string, TypeSchema>,
  path: string,
  properties: Record<string, StructuralSchema>,
): TypeSchema {
  const converted = Object.entries(properties).map(([key, value]) => [
    key,
    convert(named, `${path}.${key}`, value),
  ]);
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(converted) as Record<string, TypeSchema>,
  };
}

/** The description, and the value that the API server puts in where the field is left out. */
function describe(schema: StructuralSchema): string | undefined {
  const { description, default: value } = schema;
  const shown =
    value === undefined || typeof value === 'object' ? undefined : `Default: ${JSON.stringify(value)}.`;
  const text = [description, shown].filter((part) => part !== undefined).join(' ');
  return text === '' ? undefined : wrap(text);
}

/** Breaks text into lines, as a doc comment within an interface has them. */
function wrap(text: string): string {
  const lines: string[] = [''];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? '';
    if (line.length + 1 + word.length > LINE_LENGTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

function define(named: Map<string, TypeSchema>, name: string, schema: TypeSchema): void {
  const known = named.get(name);
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
    throw new Error(
      `Two different object schemas are called ${name}: make them equal in crds/, or give them two names in tools/generate/names.ts.`,
    );
  }
  named.set(name, schema);
}
