/**
 * The API server's verdict on an object of the group foreshard.dev, without an API server: the same schemas,
 * checked in the same order (apiextensions-apiserver, pkg/registry/customresource): unknown fields, nulls and
 * defaults, structure, lists, and then the rules, unless what was found leaves them nothing sound to look at.
 */
import type { Problem } from '../problem.ts';
import { isObject, type JsonObject } from './field-path.ts';
import { findDuplicates } from './lists.ts';
import { checkMetadata, METADATA_SCHEMA } from './metadata.ts';
import { prepare } from './prepare.ts';
import { Rules } from './rules.ts';
import { readKindSchemas, type KindSchema, type StructuralSchema } from './schema.ts';
import { compileStructure, type StructureCheck } from './structure.ts';
import { findUnknownFields } from './unknown-fields.ts';

export interface ValidateOptions {
  /**
   * `ignore`: as the API server does when an object is created or applied, since only controllers write status.
   * `check`: for one that is going to be read.
   */
  readonly status?: 'ignore' | 'check';
}

export interface Verdict {
  readonly problems: readonly Problem[];
  /** With the defaults filled in. Only of the type that it claims to be where `isSound`. */
  readonly object: unknown;
  /** Types and required fields are right: rules can be, and were, asked. */
  readonly isSound: boolean;
}

/** After one of these the API server does not ask the rules. */
const BLOCKING = new Set([
  'FieldValueTypeInvalid',
  'FieldValueRequired',
  'FieldValueNotSupported',
  'FieldValueTooLong',
  'FieldValueTooMany',
]);

interface Kind extends KindSchema {
  readonly checkStructure: StructureCheck;
}

export class Validator {
  readonly #kinds = new Map<string, Kind>();
  readonly #rules = new Rules();

  constructor(schemas: readonly KindSchema[]) {
    for (const kind of schemas) {
      const schema = withMetadata(kind.schema);
      this.#kinds.set(keyOf(kind), { ...kind, schema, checkStructure: compileStructure(schema) });
    }
  }

  /** From the CRD files of this package. */
  static async load(): Promise<Validator> {
    return new Validator(await readKindSchemas());
  }

  /** Does the object say that it is of one of the group's kinds? */
  knows(object: unknown): boolean {
    return isObject(object) && this.#kinds.has(keyOf(object));
  }

  validate(object: unknown, { status = 'ignore' }: ValidateOptions = {}): Verdict {
    const kind = isObject(object) ? this.#kinds.get(keyOf(object)) : undefined;
    if (kind === undefined || !isObject(object)) {
      return { problems: [this.#unknownKind(object)], object, isSound: false };
    }
    const unknown = findUnknownFields(object, kind.schema);
    const prepared = prepare(status === 'ignore' ? without(object, 'status') : object, kind.schema);
    const structure = kind.checkStructure(prepared);
    const metadata =
      isObject(prepared) && !concerns(structure, 'metadata') ? checkMetadata(prepared.metadata, kind) : [];
    const problems = [...unknown, ...metadata, ...structure, ...findDuplicates(prepared, kind.schema)];
    const isSound = !problems.some(({ reason }) => BLOCKING.has(reason));
    if (isSound) problems.push(...this.#rules.check(prepared, kind.schema));
    return { problems, object: prepared, isSound };
  }

  #unknownKind(object: unknown): Problem {
    const known = [...this.#kinds.values()]
      .map(({ kind, apiVersion }) => `${kind} (${apiVersion})`)
      .join(', ');
    if (!isObject(object)) {
      return {
        field: '',
        reason: 'NoObject',
        message: `is no Kubernetes object: it needs apiVersion, kind and metadata`,
      };
    }
    const { apiVersion, kind } = object;
    if (typeof kind !== 'string' || kind === '') {
      return { field: 'kind', reason: 'FieldValueRequired', message: `Required value: one of ${known}` };
    }
    if (typeof apiVersion !== 'string' || apiVersion === '') {
      return {
        field: 'apiVersion',
        reason: 'FieldValueRequired',
        message: `Required value: with kind, one of ${known}`,
      };
    }
    const message = `Unsupported value: no matches for kind "${kind}" in version "${apiVersion}": there are ${known}`;
    const isOurKind = [...this.#kinds.values()].some((k) => k.kind === kind);
    return { field: isOurKind ? 'apiVersion' : 'kind', reason: 'FieldValueNotSupported', message };
  }
}

function keyOf({ apiVersion, kind }: { apiVersion?: unknown; kind?: unknown }): string {
  return `${String(apiVersion)} ${String(kind)}`;
}

function withMetadata(schema: StructuralSchema): StructuralSchema {
  return { ...schema, properties: { ...schema.properties, metadata: METADATA_SCHEMA } };
}

function without(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

function concerns(problems: readonly Problem[], field: string): boolean {
  return problems.some((problem) => problem.field === field || problem.field.startsWith(`${field}.`));
}
