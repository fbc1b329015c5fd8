/**
 * The programs that the local control plane is made of, and the versions it wants.
 *
 * The versions are not written here: each folder under `modules/` is a Go module whose `go.mod` pins one release
 * (`require k8s.io/kubernetes v1.36.3`), and that file is the one place to change it.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type ModuleName = 'kubernetes' | 'etcd' | 'kwok';
export type ProgramName =
  'kube-apiserver' | 'etcd' | 'kube-controller-manager' | 'kube-scheduler' | 'kwok' | 'kubectl';

/** One program: where it is built from, and which foreign build of it may take its place. */
export interface Program {
  readonly name: ProgramName;
  readonly module: ModuleName;
  /** The Go package of its main function. */
  readonly package: string;
  /** Whether a binary on PATH that says it is `found` ("1.36.4") can stand in for `pinned` ("1.36.3"). */
  readonly accepts: (found: string, pinned: string) => boolean;
}

/** A pinned Go module, as its go.mod states it. */
export interface PinnedModule {
  readonly name: ModuleName;
  readonly folder: string;
  /** Without the leading v. */
  readonly version: string;
  /** The lowest Go release that builds it, such as "1.26.0". */
  readonly goVersion: string;
  /** Changes with anything that could change what is built: go.mod, go.sum and the build flags. */
  readonly fingerprint: string;
  readonly ldflags: string;
}

const modulesFolder = join(import.meta.dirname, 'modules');

const requirePath: Readonly<Record<ModuleName, string>> = {
  kubernetes: 'k8s.io/kubernetes',
  etcd: 'go.etcd.io/etcd/server/v3',
  kwok: 'sigs.k8s.io/kwok',
};

const sameMinor = (found: string, pinned: string): boolean => minor(found) === minor(pinned);

/** In the order in which they are built: the longest first, because the others reuse what it compiled. */
export const programs: readonly Program[] = [
  kubernetes('kube-apiserver', sameMinor),
  { name: 'etcd', module: 'etcd', package: requirePath.etcd, accepts: (found) => atLeast(found, '3.4') },
  { name: 'kwok', module: 'kwok', package: `${requirePath.kwok}/cmd/kwok`, accepts: sameMinor },
  kubernetes('kube-controller-manager', sameMinor),
  kubernetes('kube-scheduler', sameMinor),
  kubernetes('kubectl', () => true),
];

function kubernetes(name: ProgramName, accepts: Program['accepts']): Program {
  return { name, module: 'kubernetes', package: `${requirePath.kubernetes}/cmd/${name}`, accepts };
}

/** Reads what a module's go.mod pins. */
export async function readModule(name: ModuleName): Promise<PinnedModule> {
  const folder = join(modulesFolder, name);
  const goMod = await readFile(join(folder, 'go.mod'), 'utf8');
  const goSum = await readFile(join(folder, 'go.sum'), 'utf8');
  const version = firstGroup(goMod, new RegExp(`^(?:require )?\\s*${requirePath[name]} v(\\S+)`, 'm'));
  const goVersion = firstGroup(goMod, /^go (\S+)/m);
  if (version === undefined || goVersion === undefined) {
    throw new Error(`${join(folder, 'go.mod')} has no "go" line or does not require ${requirePath[name]}.`);
  }
  const ldflags = name === 'kubernetes' ? kubernetesLdflags(version) : '-s -w';
  const fingerprint = createHash('sha256')
    .update([goMod, goSum, ldflags].join('\0'))
    .digest('hex')
    .slice(0, 12);
  return { name, folder, version, goVersion, fingerprint, ldflags };
}

/** Kubernetes programs learn their version from the linker; without it they call themselves v0.0.0-master. */
function kubernetesLdflags(version: string): string {
  const [major = '', minorPart = ''] = version.split('.');
  const set = (name: string, value: string): string => `-X k8s.io/component-base/version.${name}=${value}`;
  return ['-s -w', set('gitVersion', `v${version}`), set('gitMajor', major), set('gitMinor', minorPart)].join(
    ' ',
  );
}

/** The first thing in a `--version` output that looks like one: "Kubernetes v1.36.3" gives "1.36.3". */
export function parseVersion(output: string): string | undefined {
  return firstGroup(output, /\bv?(\d+\.\d+(?:\.\d+)?)/);
}

/** Whether dotted version `found` is `wanted` or later; parts that `wanted` lacks do not count. */
export function atLeast(found: string, wanted: string): boolean {
  const have = found.split('.').map(Number);
  for (const [index, part] of wanted.split('.').map(Number).entries()) {
    const difference = (have[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function minor(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function firstGroup(text: string, pattern: RegExp): string | undefined {
  return pattern.exec(text)?.[1];
}
