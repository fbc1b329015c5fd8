import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { foreshard } from './program.ts';

describe('foreshard lint', () => {
  it('exits with 0 and a line for each object that is valid', async () => {
    const { code, stdout, stderr } = await foreshard(['lint', '-f', 'good.yaml']);
    expect(stderr).to.equal('');
    expect(stdout).to.equal(
      [
        'good.yaml:2: Workflow nightly is valid',
        'good.yaml:24: ConfigMap settings is not of foreshard.dev: passed over',
        'good.yaml:29: ShardPlan weekly is valid',
        '',
      ].join('\n'),
    );
    expect(code).to.equal(0);
  });

  it('exits with 2 and tells every problem of every object, with file, line and field', async () => {
    const { code, stderr } = await foreshard(['lint', '-f', 'bad.yaml', 'good.yaml']);
    expect(code).to.equal(2);
    const lines = stderr.trimEnd().split('\n');
    const expected = [
      /^error: bad\.yaml:9: Workflow nightly: spec\.templates\[0\]\.estimatedDurationSeconds: .*greater than or equal to 1$/,
      /^error: bad\.yaml:18: Workflow nightly: spec\.tasks\[0\]\.dependencies\[0\]: .*fetch → clean → fetch/,
      /^error: bad\.yaml:23: Workflow nightly: spec\.tasks\[1\]\.dependencies\[1\]: .*did you mean "fetch"/,
      /^error: bad\.yaml:31: NodeForecast cpu-1: spec\.horizonSeconds: .*multiple of stepSeconds$/,
      /^error: bad\.yaml:35: ShardPlan weekly: spec\.assignments: Required value$/,
      /^error: bad\.yaml:37: ShardPlan weekly: spec\.assignment: unknown field .*did you mean "assignments"/,
      /^error: 6 problems; correct what is named above, and run lint again/,
    ];
    expect(lines).to.have.length(expected.length);
    for (const [i, pattern] of expected.entries()) expect(lines[i]).to.match(pattern);
  });

  it('tells the same as JSON', async () => {
    const { code, stdout, stderr } = await foreshard(['lint', '-f', 'bad.yaml', '-o', 'json']);
    expect([code, stderr]).to.deep.equal([2, '']);
    const report = JSON.parse(stdout) as {
      problems: number;
      objects: { kind: string; valid: boolean; problems: unknown[] }[];
    };
    expect(report.problems).to.equal(6);
    expect(report.objects.map(({ kind, valid }) => [kind, valid])).to.deep.equal([
      ['Workflow', false],
      ['NodeForecast', false],
      ['ShardPlan', false],
    ]);
    expect(report.objects[1]?.problems[0]).to.include({ line: 31, field: 'spec.horizonSeconds' });
  });

  it('reads standard input, and tells line and column of what is no YAML', async () => {
    const { code, stderr } = await foreshard(['lint', '-f', '-'], {
      stdin: 'kind: Workflow\nkind: Workflow\n',
    });
    expect(code).to.equal(2);
    expect(stderr).to.match(/^error: standard input:2:1: this is no YAML: duplicated mapping key\n/);
  });

  it('reads folders, and those within with -R; damaged files do not hide the others', async () => {
    const { code, stdout, stderr } = await foreshard(['lint', '-f', '.']);
    expect(code).to.equal(2);
    expect(stdout).to.include('good.yaml:2: Workflow nightly is valid');
    expect(stderr).to.include('error: bad.yaml:9:');

    const folder = await mkdtemp(join(tmpdir(), 'foreshard-lint-'));
    try {
      await writeFile(join(folder, 'a.yaml'), 'a: [1\n');
      await writeFile(
        join(folder, 'b.json'),
        JSON.stringify({
          apiVersion: 'foreshard.dev/v1alpha1',
          kind: 'NodeForecast',
          metadata: { name: 'n' },
        }),
      );
      const mixed = await foreshard(['lint', '-R', '-f', folder]);
      expect(mixed.code).to.equal(2);
      expect(mixed.stderr).to.include('a.yaml:2:1: this is no YAML');
      expect(mixed.stdout).to.include('b.json:1: NodeForecast n is valid');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('exits with 2 and a way out where there is nothing to check', async () => {
    const missing = await foreshard(['lint', '-f', 'nothing.yaml']);
    expect(missing).to.deep.include({ code: 2, stdout: '' });
    expect(missing.stderr).to.equal('error: nothing.yaml: there is no such file or folder: check the path\n');

    const other = await foreshard(['lint', '-f', '-'], {
      stdin: 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n',
    });
    expect(other.code).to.equal(2);
    expect(other.stderr).to.include('no object of the group foreshard.dev');
  });
});
