import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

const ROOT = new URL('../../../../', import.meta.url);

describe('the reference of causes', () => {
  it('has a row for every cause, and none for what is none', () => {
    const causes = readdirSync(new URL('src/core/reshard/causes', ROOT))
      .filter((file) => file !== 'index.ts')
      .map((file) =>
        file.replace('.ts', '').replace(/(^|-)(.)/g, (_, __, letter: string) => letter.toUpperCase()),
      );
    const page = readFileSync(new URL('docs/reference/causes-and-reasons.md', ROOT), 'utf8');
    const section = page.slice(page.indexOf('## Causes of a reshard'), page.indexOf('| `onNodeFailure`'));
    const rows = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(rows.toSorted()).to.deep.equal(causes.toSorted());
  });

  it('has a row for every reason of an assignment', () => {
    const source = readFileSync(new URL('src/core/plan/snapshot.ts', ROOT), 'utf8');
    const type = source.slice(
      source.indexOf('export type AssignmentReason'),
      source.indexOf('export interface Alternative'),
    );
    const reasons = [...type.matchAll(/\| '(\w+)'/g)].map(([, name]) => name);
    const page = readFileSync(new URL('docs/reference/causes-and-reasons.md', ROOT), 'utf8');
    const section = page.slice(0, page.indexOf('## Causes of a reshard'));
    expect([...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name).toSorted()).to.deep.equal(
      reasons.toSorted(),
    );
  });
});
