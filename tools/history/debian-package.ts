/**
 * A program out of a Debian package that is not installed: downloaded by apt-get and unpacked into a folder of the
 * user's cache. No service starts and no file of the system changes.
 */
import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const APT_TIMEOUT_MS = 120_000;

export type Found = { readonly binary: string } | { readonly binary: undefined; readonly reason: string };

const lookups = new Map<string, Promise<Found>>();

/**
 * Looked for once a process: the path in the environment variable of the package's name (`PROMETHEUS`,
 * `PROMETHEUS_NODE_EXPORTER`), then PATH, then the cache, then the package.
 *
 * @param packageName the program within it has the same name
 */
export function findProgram(packageName: string): Promise<Found> {
  const known = lookups.get(packageName) ?? lookFor(packageName);
  lookups.set(packageName, known);
  return known;
}

async function lookFor(name: string): Promise<Found> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'foreshard', name);
  const cached = join(cache, name);
  const given = process.env[name.toUpperCase().replaceAll('-', '_')];
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  for (const binary of [given, ...onPath, cached]) {
    if (binary !== undefined && binary !== '' && (await isExecutable(binary))) return { binary };
  }
  try {
    await unpack(name, cache);
    if (await isExecutable(cached)) return { binary: cached };
    return { binary: undefined, reason: `Debian's package ${name} holds no /usr/bin/${name}` };
  } catch (error) {
    const cause = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return {
      binary: undefined,
      reason: `there is no ${name} on PATH, and apt-get could not fetch it: ${cause}`,
    };
  }
}

async function unpack(name: string, cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'download-'));
  const apt = async (...args: string[]): Promise<void> => {
    await run('apt-get', args, { cwd: work, timeout: APT_TIMEOUT_MS });
  };
  try {
    await apt('download', name).catch(async () => {
      // No package lists yet, as in a fresh container.
      await apt('update');
      await apt('download', name);
    });
    const archive = (await readdir(work)).find((file) => file.endsWith('.deb'));
    if (archive === undefined) throw new Error('apt-get download left no package');
    await run('dpkg', ['-x', archive, 'root'], { cwd: work });
    await rename(join(work, 'root', 'usr', 'bin', name), join(cache, name));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
