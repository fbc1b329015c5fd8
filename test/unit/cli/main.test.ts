import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { foreshard, MAIN } from './program.ts';

describe('the program', () => {
  it('prints its version, and that of its API', async () => {
    const manifest = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(manifest) as { version: string };
    const { code, stdout } = await foreshard(['version']);
    expect(stdout).to.match(
      new RegExp(`^foreshard ${version} \\(foreshard\\.dev/v1alpha1, Node\\.js [0-9.]+\\)\n$`),
    );
    expect(code).to.equal(0);
    expect(JSON.parse((await foreshard(['version', '-o', 'json'])).stdout)).to.include({ version });
  });

  it('has help with an example, for itself and for every command', async () => {
    const { code, stdout } = await foreshard(['--help']);
    expect(code).to.equal(0);
    expect(stdout).to.match(/Example:\n {2}foreshard lint -f workflow\.yaml\n$/);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name = '']) => name);
    expect(commands).to.include.members(['lint', 'operator', 'version']);
    const helps = await Promise.all(
      commands.filter((name) => name !== 'help').map((name) => foreshard([name, '--help'])),
    );
    for (const help of helps) {
      expect(help.code).to.equal(0);
      expect(help.stdout).to.match(/Examples?:\n( {2}foreshard .*\n)+$/);
    }
  });

  it('calls itself kubectl foreshard where kubectl starts it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'foreshard-plugin-'));
    try {
      const main = join(folder, 'kubectl-foreshard.ts');
      await symlink(MAIN, main);
      const { stdout } = await foreshard(['lint', '--help'], { main });
      expect(stdout).to.match(/^Usage: kubectl foreshard lint /);
      expect(stdout).to.include('  kubectl foreshard lint -f workflow.yaml');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('exits with 2 and the next step where it is called wrongly', async () => {
    const outcomes = await Promise.all([
      foreshard(['lnt']),
      foreshard(['lint']),
      foreshard(['lint', '--fix']),
    ]);
    for (const { code, stderr } of outcomes) {
      expect(code).to.equal(2);
      expect(stderr)
        .to.match(/^error: /)
        .and.include('--help');
    }
    expect(outcomes[0].stderr).to.include('Did you mean lint?');
  });

  it('says which Node.js it needs, on an older one', async () => {
    const pretend = "Object.defineProperty(process.versions, 'node', { value: '20.19.0' })";
    const { code, stdout, stderr } = await foreshard(['version'], {
      nodeArguments: ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`],
    });
    expect([code, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.equal(
      'error: foreshard needs Node.js 22.19 or newer, and this is 20.19.0: install a newer one (nodejs.org), or put it first on PATH.\n',
    );
  });
});
