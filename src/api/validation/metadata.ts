/** `metadata` of a custom resource, by the rules of apimachinery's `ValidateObjectMeta`. */
import type { Problem } from '../problem.ts';
import { isObject } from './field-path.ts';
import type { KindSchema, StructuralSchema } from './schema.ts';

const STRING: StructuralSchema = { type: 'string' };
const STRINGS: StructuralSchema = { type: 'object', additionalProperties: STRING };

/** The CRDs only say `type: object`, as Kubernetes demands; the fields are the same for every kind. */
export const METADATA_SCHEMA: StructuralSchema = {
  type: 'object',
  properties: {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: STRINGS,
    annotations: STRINGS,
    finalizers: { type: 'array', items: STRING },
    ownerReferences: {
      type: 'array',
      items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
    managedFields: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    uid: STRING,
    resourceVersion: STRING,
    selfLink: STRING,
    generation: { type: 'integer', format: 'int64' },
    creationTimestamp: { type: 'string', nullable: true },
    deletionTimestamp: { type: 'string', nullable: true },
    deletionGracePeriodSeconds: { type: 'integer', format: 'int64', nullable: true },
  },
};

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const NAME_PART_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const MAX_ANNOTATIONS_BYTES = 256 * 1024;

/** `metadata` must have the right types. A missing namespace is kubectl's to fill in. */
export function checkMetadata(metadata: unknown, { namespaced }: KindSchema): Problem[] {
  const {
    name = '',
    generateName = '',
    namespace = '',
    labels = {},
    annotations = {},
  } = (isObject(metadata) ? metadata : {}) as Partial<Record<'name' | 'generateName' | 'namespace', string>> &
    Partial<Record<'labels' | 'annotations', Record<string, string>>>;
  const problems: Problem[] = [];
  const invalid = (field: string, value: string, rule: string): void => {
    const message = `Invalid value: ${JSON.stringify(value)}: ${rule}`;
    problems.push({ field: `metadata.${field}`, reason: 'FieldValueInvalid', message });
  };

  if (name === '' && generateName === '') {
    const message = 'Required value: name or generateName is required';
    problems.push({ field: 'metadata.name', reason: 'FieldValueRequired', message });
  }
  if (name.length > 253) invalid('name', name, 'must be no more than 253 characters');
  if (name !== '' && !DNS_SUBDOMAIN.test(name)) invalid('name', name, SUBDOMAIN_RULE);
  if (!namespaced && namespace !== '') {
    const message = 'Forbidden: not allowed on this type';
    problems.push({ field: 'metadata.namespace', reason: 'FieldValueForbidden', message });
  }
  if (namespaced && namespace.length > 63)
    invalid('namespace', namespace, 'must be no more than 63 characters');
  if (namespaced && namespace !== '' && !DNS_LABEL.test(namespace))
    invalid('namespace', namespace, LABEL_RULE);

  for (const [key, value] of Object.entries(labels)) {
    for (const rule of qualifiedNameErrors(key)) invalid('labels', key, rule);
    if (value.length > 63) invalid('labels', value, 'must be no more than 63 characters');
    if (!LABEL_VALUE.test(value)) invalid('labels', value, VALUE_RULE);
  }
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const rule of qualifiedNameErrors(key.toLowerCase())) invalid('annotations', key, rule);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > MAX_ANNOTATIONS_BYTES) {
    const message = `Too long: may not be more than ${MAX_ANNOTATIONS_BYTES} bytes`;
    problems.push({ field: 'metadata.annotations', reason: 'FieldValueTooLong', message });
  }
  return problems;
}

/** A label's key: `name`, or `prefix/name` with a DNS subdomain before the slash. */
function qualifiedNameErrors(key: string): string[] {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length > 2) {
    return [
      "a valid label key must consist of alphanumeric characters, '-', '_' or '.', with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ];
  }
  const errors: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') errors.push('prefix part must be non-empty');
    else if (!DNS_SUBDOMAIN.test(prefix)) errors.push(`prefix part ${SUBDOMAIN_RULE}`);
    if (prefix.length > 253) errors.push('prefix part must be no more than 253 characters');
  }
  if (name === '') errors.push('name part must be non-empty');
  if (name.length > 63) errors.push('name part must be no more than 63 characters');
  if (!QUALIFIED_NAME_PART.test(name)) errors.push(NAME_PART_RULE);
  return errors;
}
