import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { resolveBinaries } from '../../../tools/control-plane/binaries.ts';
import { withLock } from '../../../tools/control-plane/lock.ts';
import { atLeast, parseVersion, programs, readModule } from '../../../tools/control-plane/programs.ts';
import type { Progress } from '../../../tools/control-plane/progress.ts';

const silent: Progress = { line: () => undefined, start: () => () => undefined };

describe('the programs of the control plane', () => {
  let folder: string;
  let env: { PATH: string; XDG_CACHE_HOME: string; HOME: string };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foreshard-binaries-'));
    env = { PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache'), HOME: folder };
    await mkdir(env.PATH);
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const script = async (path: string, output: string): Promise<void> => {
    await writeFile(path, `#!/bin/sh\necho '${output}'\n`);
    await chmod(path, 0o755);
  };
  const resolveError = (): Promise<string> =>
    resolveBinaries(env, silent).then(
      () => 'found',
      (error: unknown) => String(error),
    );

  it('are missed with a message that says what to do where there is no Go', async () => {
    const message = await resolveError();
    expect(message).to.contain('Go is not installed');
    expect(message).to.contain('install Go 1.26.0 or later');
    expect(message).to.contain('KUBEBUILDER_ASSETS');
    expect(message).to.contain('kube-apiserver, etcd, kwok');
  });

  it('are missed with the version found where Go is too old, and nothing is left of the attempt', async () => {
    await script(join(env.PATH, 'go'), 'go version go1.21.4 linux/amd64');
    expect(await resolveError()).to.contain('Go 1.21.4 is too old');
    const cache = join(env.XDG_CACHE_HOME, 'foreshard', 'control-plane');
    expect(await readdir(cache)).to.deep.equal([]);
  });

  it('are named in the message when their build fails', async () => {
    await script(join(env.PATH, 'go'), 'go version go1.99.0 linux/amd64');
    await writeFile(
      join(env.PATH, 'go'),
      '#!/bin/sh\nif [ "$1" = version ]; then echo "go version go1.99.0 linux/amd64"; else echo "no space"; exit 1; fi\n',
    );
    expect(await resolveError()).to.match(/Building kube-apiserver .* failed[\s\S]*no space/);
  });

  it('are taken from KUBEBUILDER_ASSETS before any other place', async () => {
    for (const { name } of programs) await script(join(env.PATH, name), 'v0.0.1');
    const found = await resolveBinaries({ ...env, PATH: '', KUBEBUILDER_ASSETS: env.PATH }, silent);
    expect(found.etcd).to.equal(join(env.PATH, 'etcd'));
  });

  it('are taken from PATH only where their version will do', async () => {
    const versions = {
      'kube-apiserver': 'Kubernetes v1.36.9',
      'kube-controller-manager': 'Kubernetes v1.36.0',
      'kube-scheduler': 'Kubernetes v1.35.4',
      etcd: 'etcd Version: 3.4.30',
      kwok: 'kwok version v0.7.2 go1.26.8 (linux/amd64)',
      kubectl: 'Client Version: v1.30.1',
    };
    for (const [name, output] of Object.entries(versions)) await script(join(env.PATH, name), output);
    // All will do but the scheduler, so that alone is to be built.
    expect(await resolveError()).to.match(/To build kube-scheduler, install Go/);
    await script(join(env.PATH, 'kube-scheduler'), 'Kubernetes v1.36.1');
    expect((await resolveBinaries(env, silent)).kwok).to.equal(join(env.PATH, 'kwok'));
  });

  it('are pinned by the go.mod files', async () => {
    expect((await readModule('kubernetes')).version).to.match(/^1\.36\.\d+$/);
    expect((await readModule('etcd')).version).to.match(/^3\.6\.\d+$/);
    expect((await readModule('kwok')).version).to.match(/^0\.7\.\d+$/);
  });

  it('have versions that compare by number', () => {
    expect(atLeast('3.10', '3.4')).to.equal(true);
    expect(atLeast('3.4.30', '3.4')).to.equal(true);
    expect(atLeast('1.25.9', '1.26.0')).to.equal(false);
    expect(parseVersion('Kubernetes v1.36.3')).to.equal('1.36.3');
  });

  it('are built by one process at a time', async () => {
    const path = join(folder, 'lock');
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 30));
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withLock(path, work, () => undefined)));
    expect(most).to.equal(1);
    expect(existsSync(path)).to.equal(false);
  });
});
