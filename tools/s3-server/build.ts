/** Builds versitygw from the pinned module into the user's cache, once for each go.sum. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../control-plane/lock.ts';

const run = promisify(execFile);

const PACKAGE = 'github.com/versity/versitygw/cmd/versitygw';

export type FoundServer =
  { readonly binary: string } | { readonly binary: undefined; readonly reason: string };

let lookup: Promise<FoundServer> | undefined;

/** Looked for once a process: `VERSITYGW`, the cache, and else it is built. */
export function findS3Server(): Promise<FoundServer> {
  lookup ??= lookFor().catch((error: unknown) => ({
    binary: undefined,
    reason: `versitygw could not be built: ${error instanceof Error ? error.message : String(error)}`,
  }));
  return lookup;
}

async function lookFor(): Promise<FoundServer> {
  const { VERSITYGW: given, XDG_CACHE_HOME: cacheHome = join(homedir(), '.cache') } = process.env;
  if (given !== undefined && given !== '') return { binary: given };
  const sums = await readFile(join(import.meta.dirname, 'go.sum'));
  const fingerprint = createHash('sha256').update(sums).digest('hex').slice(0, 12);
  const binary = join(cacheHome, 'foreshard', `s3-server-${fingerprint}`, 'versitygw');
  if (await isExecutable(binary)) return { binary };
  await withLock(
    `${dirname(binary)}.lock`,
    () => build(binary),
    () => undefined,
  );
  return { binary };
}

/** Linked into a folder of its own and renamed, so that the cache never holds half a program. */
async function build(binary: string): Promise<void> {
  if (await isExecutable(binary)) return; // by the process that held the lock
  await mkdir(dirname(binary), { recursive: true });
  const folder = await mkdtemp(join(dirname(binary), '.build-'));
  try {
    const output = join(folder, 'versitygw');
    const args = ['build', '-mod=readonly', '-trimpath', '-ldflags', '-s -w', '-o', output, PACKAGE];
    const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
    await run('go', args, { cwd: import.meta.dirname, env });
    await rename(output, binary);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
