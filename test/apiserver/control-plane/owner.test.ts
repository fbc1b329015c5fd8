import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { expect } from 'chai';

import { processesOf, supervisorOf, sweep } from '../../../tools/control-plane/leftovers.ts';
import { clusterStartTimeoutMs, eventually } from '../../support/cluster.ts';

const componentsAndSupervisor = 6;
const owners: ChildProcess[] = [];

describe('the end of a process that owns a cluster', function () {
  this.timeout(clusterStartTimeoutMs);

  // A test that failed half-way must not leave its owners, whose clusters would stay with them.
  afterEach(() => {
    for (const owner of owners.splice(0)) owner.kill('SIGKILL');
  });

  it('takes the cluster with it, by kill -9, Ctrl-C, an exception, or a plain return', async () => {
    const killed = startOwner('wait').then(async ({ owner, folder }) => {
      expect(await processesOf(folder)).to.have.length(componentsAndSupervisor);
      owner.kill('SIGKILL');
      return folder;
    });
    const interrupted = startOwner('wait').then(({ owner, folder }) => {
      owner.kill('SIGINT');
      return folder;
    });
    const thrown = startOwner('throw').then(({ folder }) => folder);
    const returned = startOwner('return').then(({ folder }) => folder);
    for (const folder of await Promise.all([killed, interrupted, thrown, returned]))
      await expectNothingLeft(folder);
  });

  it('is made up for by the next start where the supervisor was killed as well', async () => {
    const { owner, folder } = await startOwner('wait');
    const supervisor = await supervisorOf(folder);
    process.kill(supervisor ?? 0, 'SIGKILL');
    owner.kill('SIGKILL');
    await new Promise((resolve) => owner.once('close', resolve));
    expect(await processesOf(folder)).to.have.length(componentsAndSupervisor - 1);
    await sweep(tmpdir());
    await expectNothingLeft(folder);
  });
});

async function startOwner(
  how: 'wait' | 'throw' | 'return',
): Promise<{ owner: ChildProcess; folder: string }> {
  const owner = spawn(process.execPath, [join(import.meta.dirname, 'owner.ts'), how], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  owners.push(owner);
  for await (const folder of createInterface({ input: owner.stdout })) return { owner, folder };
  throw new Error('The owner ended before its cluster was up.');
}

async function expectNothingLeft(folder: string): Promise<void> {
  const none = (left: readonly unknown[]): boolean => left.length === 0;
  await eventually('no process of the cluster is left', () => processesOf(folder), none);
  await eventually(
    'its folder is gone',
    () => Promise.resolve(existsSync(folder)),
    (exists) => !exists,
  );
}
