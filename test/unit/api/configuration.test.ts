import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { ConfigurationError } from '../../../src/api/configuration.ts';
import {
  CONFIGURATION_SCHEMA,
  defaultConfiguration,
  readConfiguration,
} from '../../../src/api/configuration.ts';

const HEAD = { apiVersion: 'config.foreshard.dev/v1alpha1', kind: 'OperatorConfiguration' };

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly default?: unknown;
}

/** Paths and defaults of what can be set; queries, which are by resource, as one. */
function* options(schema: Schema, path = ''): Generator<[string, unknown]> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const inner = path === '' ? name : `${path}.${name}`;
    if (field.properties === undefined || /[qQ]ueries$/.test(name)) yield [inner, field.default ?? 'none'];
    else yield* options(field, inner);
  }
}

const problemOf = (history: object): string => {
  try {
    readConfiguration({ ...HEAD, history });
    return 'none';
  } catch (error) {
    return (error as ConfigurationError).message;
  }
};

describe("The operator's configuration", () => {
  it('is in its reference, every option with its default', async () => {
    const page = await readFile(new URL('../../../docs/reference/configuration.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `([\w.]+)` +\| `?([^`|]+?)`? +\|/gm)].map(([, field, value]) => [
      field,
      value,
    ]);
    const wanted = [...options(CONFIGURATION_SCHEMA as Schema)]
      .filter(([path]) => path !== 'apiVersion' && path !== 'kind')
      .map(([path, value]) => [path, String(value)]);
    expect(rows.sort()).to.deep.equal(wanted.sort());
  });

  it('takes a bucket in place of the directory', () => {
    const bucket = {
      url: 's3://cluster-history/prod',
      endpoint: 'https://minio.storage.svc:9000',
      forcePathStyle: true,
    };
    expect(readConfiguration({ ...HEAD, history: { bucket } }).history).to.deep.equal({
      ...defaultConfiguration().history,
      bucket,
    });
  });

  it('names what is wrong with a bucket', () => {
    expect(problemOf({ bucket: {} })).to.match(/^history\.bucket: must have required property 'url'/);
    expect(problemOf({ bucket: { url: 'cluster-history' } })).to.match(
      /^history\.bucket\.url: must match pattern/,
    );
    expect(problemOf({ bucket: { url: 's3://b-1', zone: 1 } })).to.match(
      /history\.bucket: there is no field zone/,
    );
  });
});
