/**
 * The schemas of Foreshard's kinds, read from the CRD files: the same that the API server is given.
 *
 * A structural schema is Kubernetes' subset of OpenAPI 3.0 with `x-kubernetes-…` extensions
 * (kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions).
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';

/** One of `x-kubernetes-validations`: an expression in CEL that must be true. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly fieldPath?: string;
  readonly reason?: string;
}

export interface StructuralSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
  readonly required?: readonly string[];
  readonly items?: StructuralSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

export interface KindSchema {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly schema: StructuralSchema;
}

interface CustomResourceDefinition {
  readonly kind: 'CustomResourceDefinition';
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
    }[];
  };
}

/** `crds/` of this package: beside `src/`, and beside `dist/` once it is built. */
export const CRD_FOLDER = fileURLToPath(new URL('../../../crds/', import.meta.url));

/** One for each version of each CRD in the folder; other files (kustomize's) are passed over. */
export async function readKindSchemas(folder = CRD_FOLDER): Promise<KindSchema[]> {
  const files = (await readdir(folder)).filter((name) => name.startsWith('foreshard.dev_')).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts
    .map((text) => load(text))
    .filter(isCrd)
    .flatMap(({ spec }) =>
      spec.versions.map((version) => ({
        apiVersion: `${spec.group}/${version.name}`,
        kind: spec.names.kind,
        namespaced: spec.scope === 'Namespaced',
        schema: version.schema.openAPIV3Schema,
      })),
    );
}

function isCrd(object: unknown): object is CustomResourceDefinition {
  return (object as { kind?: unknown } | null)?.kind === 'CustomResourceDefinition';
}
