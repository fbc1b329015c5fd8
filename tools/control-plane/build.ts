/**
 * Builds the programs of the control plane from the pinned Go modules into a per-user cache.
 *
 * A binary is linked into a temporary folder of the cache and renamed into place, so the cache never holds half a
 * program and an interrupted build goes on with the next one.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import { atLeast, parseVersion } from './programs.ts';
import type { PinnedModule, Program } from './programs.ts';
import { withProgress } from './progress.ts';
import type { Progress } from './progress.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A program that has to be built, and the module to build it from. */
export interface BuildItem {
  readonly program: Program;
  readonly module: PinnedModule;
}

const temporaryPrefix = '.build-';

/** `$XDG_CACHE_HOME/foreshard/control-plane`, or under `~/.cache`. */
export function cacheFolder(env: Environment): string {
  const cacheHome = env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), '.cache');
  return join(cacheHome, 'foreshard', 'control-plane');
}

/** Where the cache keeps a program: `<cache>/kubernetes-1.36.3-<fingerprint>/kube-apiserver`. */
export function cachedPath(env: Environment, { program, module }: BuildItem): string {
  return join(cacheFolder(env), `${module.name}-${module.version}-${module.fingerprint}`, program.name);
}

/** Builds the items one after another, each in the cache as soon as it is done. The caller holds the build lock. */
export async function buildPrograms(
  items: readonly BuildItem[],
  env: Environment,
  progress: Progress,
): Promise<void> {
  await checkGo(items, env);
  const cache = cacheFolder(env);
  await mkdir(cache, { recursive: true });
  await removeInterrupted(cache);
  const folder = await mkdtemp(join(cache, temporaryPrefix));
  try {
    for (const [index, item] of items.entries()) {
      const { program, module } = item;
      const counter = `[${String(index + 1)}/${String(items.length)}]`;
      const text = `${counter} building ${program.name} (${module.name} ${module.version}) …`;
      await withProgress(progress, text, async () => {
        const output = join(folder, program.name);
        await goBuild(item, output, env);
        const target = cachedPath(env, item);
        await mkdir(dirname(target), { recursive: true });
        await rename(output, target);
      });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What builds that were killed have left; under the lock, no other build can be using it. */
async function removeInterrupted(cache: string): Promise<void> {
  const old = (await readdir(cache)).filter((name) => name.startsWith(temporaryPrefix));
  await Promise.all(old.map((name) => rm(join(cache, name), { recursive: true, force: true })));
}

async function goBuild({ program, module }: BuildItem, output: string, env: Environment): Promise<void> {
  const args = [
    'build',
    '-mod=readonly',
    '-trimpath',
    '-ldflags',
    module.ldflags,
    '-o',
    output,
    program.package,
  ];
  const result = await go(args, module.folder, env);
  if (result.exitCode !== 0) {
    throw new Error(
      `Building ${program.name} from ${module.folder} failed (go ${args.join(' ')}):\n${lastLines(result.output)}\n` +
        'A Go module proxy must be reachable (see "go env GOPROXY"), and about 5 GB of disk free.',
    );
  }
}

/** Fails with what to do when there is no Go, or one too old for the modules. */
async function checkGo(items: readonly BuildItem[], env: Environment): Promise<void> {
  const names = items.map((item) => item.program.name).join(', ');
  // The module that wants the newest Go decides; run there, `go version` also tells whether Go can fetch that one.
  const strictest = items.reduce((a, b) => (atLeast(a.module.goVersion, b.module.goVersion) ? a : b)).module;
  const advice =
    `To build ${names}, install Go ${strictest.goVersion} or later (https://go.dev/dl/) and put it on PATH. ` +
    'Or set KUBEBUILDER_ASSETS to a folder that holds these programs ready-made.';
  const result = await go(['version'], strictest.folder, env).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Error(`Go is not installed. ${advice}`);
    throw error;
  });
  if (result.exitCode !== 0) throw new Error(`"go version" failed: ${lastLines(result.output)}\n${advice}`);
  const found = parseVersion(result.output.replace('go version go', ''));
  if (found === undefined || !atLeast(found, strictest.goVersion)) {
    throw new Error(`Go ${found ?? result.output.trim()} is too old. ${advice}`);
  }
}

function go(
  args: readonly string[],
  cwd: string,
  env: Environment,
): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, {
      cwd,
      // The user's own flags and workspace must not decide what the pinned modules build to.
      env: { ...env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ exitCode: code ?? 1, output }));
  });
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-15).join('\n');
}
