import { readFile } from 'node:fs/promises';
import { expect } from 'chai';

const LOCK = new URL('../../../package-lock.json', import.meta.url);

const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
]);

/** Of several at our choice ("MIT OR Apache-2.0") one is enough; of several at once ("(MIT AND ISC)") all must be. */
const isPermissive = (license: string): boolean =>
  license
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((one) => one.split(' AND ').every((part) => PERMISSIVE.has(part)));

/** LGPL, and never loaded: only @dsnp/parquetjs' build for browsers uses @zenfs/core, which needs these. */
const IN_THE_BROWSER_ONLY = ['memium', 'utilium'];

interface Lock {
  readonly packages: Record<string, { readonly dev?: boolean; readonly license?: string }>;
}

describe('what is installed with Foreshard', () => {
  it('has permissive licenses', async () => {
    const { packages } = JSON.parse(await readFile(LOCK, 'utf8')) as Lock;
    const others = Object.entries(packages)
      .filter(([path, { dev, license = 'none' }]) => path !== '' && dev !== true && !isPermissive(license))
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
    expect([...new Set(others)].sort()).to.deep.equal(IN_THE_BROWSER_ONLY);
  });
});
