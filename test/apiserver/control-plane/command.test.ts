import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect } from 'chai';

import { processesOf } from '../../../tools/control-plane/leftovers.ts';
import { clusterStartTimeoutMs } from '../../support/cluster.ts';

const main = join(import.meta.dirname, '..', '..', '..', 'tools', 'control-plane', 'main.ts');

describe('the cluster command', function () {
  this.timeout(clusterStartTimeoutMs);
  let state: string;

  before(async () => {
    state = await mkdtemp(join(tmpdir(), 'foreshard-state-'));
  });

  after(async () => {
    await command('down');
    await rm(state, { recursive: true, force: true });
  });

  const command = async (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    await promisify(execFile)(process.execPath, [main, ...args], {
      env: { ...process.env, XDG_STATE_HOME: state },
    });

  it('starts a cluster that stays, prints only its KUBECONFIG, and ends it without a trace', async () => {
    const up = await command('up', '--nodes', '2');
    const kubeconfig = /^export KUBECONFIG='(.+)'\n$/.exec(up.stdout)?.[1] ?? '';
    expect(existsSync(kubeconfig)).to.equal(true);
    const nodes = await promisify(execFile)('kubectl', ['get', 'nodes', '--output=name'], {
      env: { ...process.env, KUBECONFIG: kubeconfig },
    });
    expect(nodes.stdout).to.equal('node/node-1\nnode/node-2\n');

    const again = await command('up');
    expect(again.stdout).to.equal(up.stdout);
    expect(again.stderr).to.contain('already up');
    expect((await command('env')).stdout).to.equal(up.stdout);

    expect((await command('down')).stderr).to.contain('is down');
    expect(await processesOf(state)).to.deep.equal([]);
    expect(existsSync(kubeconfig)).to.equal(false);
  });

  it('says so when there is no cluster to end, and that is no error', async () => {
    expect((await command('down', '--name', 'nobody')).stderr).to.contain('There is no cluster "nobody"');
  });

  it('shows an example in the help of every command', async () => {
    for (const name of ['up', 'down', 'env', 'build']) {
      expect((await command(name, '--help')).stdout).to.match(/Example:\n {2}.*cluster -- /);
    }
  });
});
