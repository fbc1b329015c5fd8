/**
 * Finds the programs of the control plane, each in the first of these places that has it:
 *
 * 1. the folder in `KUBEBUILDER_ASSETS` (what setup-envtest fills);
 * 2. PATH, if its version will do (kubectl: any; etcd: 3.4 or later; the others: the pinned minor release);
 * 3. the per-user cache;
 * 4. built from the pinned Go modules into that cache.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { buildPrograms, cachedPath, cacheFolder } from './build.ts';
import type { BuildItem, Environment } from './build.ts';
import { withLock } from './lock.ts';
import { parseVersion, programs, readModule } from './programs.ts';
import type { Program, ProgramName } from './programs.ts';
import { progressOn } from './progress.ts';
import type { Progress } from './progress.ts';

/** Absolute path of each program. */
export type Binaries = Readonly<Record<ProgramName, string>>;

/** Finds every program, and builds those that are nowhere. */
export async function resolveBinaries(
  env: Environment = process.env,
  progress: Progress = progressOn(),
): Promise<Binaries> {
  const items = await buildItems();
  let found = await locateAll(items, env);
  if (missing(items, found).length > 0) {
    await withLock(
      join(cacheFolder(env), 'build.lock'),
      async () => {
        // Whoever held the lock before us may have built them.
        found = await locateAll(items, env);
        const toBuild = missing(items, found);
        if (toBuild.length > 0) await buildPrograms(toBuild, env, progress);
      },
      () => progress.line('Another process is building the control plane; waiting for it …'),
    );
    found = await locateAll(items, env);
  }
  return complete(found);
}

async function buildItems(): Promise<BuildItem[]> {
  const modules = {
    kubernetes: await readModule('kubernetes'),
    etcd: await readModule('etcd'),
    kwok: await readModule('kwok'),
  };
  return programs.map((program) => ({ program, module: modules[program.module] }));
}

async function locateAll(items: readonly BuildItem[], env: Environment): Promise<Map<ProgramName, string>> {
  const located = await Promise.all(
    items.map(async (item) => [item.program.name, await locate(item, env)] as const),
  );
  return new Map(located.flatMap(([name, path]) => (path === undefined ? [] : [[name, path] as const])));
}

function missing(items: readonly BuildItem[], found: ReadonlyMap<ProgramName, string>): BuildItem[] {
  return items.filter((item) => !found.has(item.program.name));
}

function complete(found: ReadonlyMap<ProgramName, string>): Binaries {
  const path = (name: ProgramName): string => {
    const value = found.get(name);
    if (value === undefined)
      throw new Error(`${name} was built but is not in the cache: was the cache emptied?`);
    return value;
  };
  return {
    'kube-apiserver': path('kube-apiserver'),
    etcd: path('etcd'),
    'kube-controller-manager': path('kube-controller-manager'),
    'kube-scheduler': path('kube-scheduler'),
    kwok: path('kwok'),
    kubectl: path('kubectl'),
  };
}

async function locate(item: BuildItem, env: Environment): Promise<string | undefined> {
  const { program, module } = item;
  const assets = env.KUBEBUILDER_ASSETS;
  if (assets) {
    const path = join(assets, program.name);
    if (await isExecutable(path)) return path;
  }
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program.name);
    if (folder !== '' && (await isExecutable(path)) && (await suits(path, program, module.version)))
      return path;
  }
  const cached = cachedPath(env, item);
  return (await isExecutable(cached)) ? cached : undefined;
}

async function suits(path: string, program: Program, pinned: string): Promise<boolean> {
  const args = program.name === 'kubectl' ? ['version', '--client'] : ['--version'];
  try {
    const { stdout } = await promisify(execFile)(path, args, { timeout: 10_000 });
    const found = parseVersion(stdout);
    return found !== undefined && program.accepts(found, pinned);
  } catch {
    return false; // Not usable here: another architecture, a broken link, a script that wants something else.
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
