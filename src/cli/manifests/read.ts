/** Kubernetes objects from files, folders and standard input, as `kubectl apply -f` takes them. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { InputError } from '../support/errors.ts';
import { parseDocuments, YamlError, type Document } from './yaml.ts';

export interface Manifest {
  readonly object: unknown;
  /** As it was named. */
  readonly file: string;
  readonly line: number;
  readonly lineOf: (field: string) => number;
}

/** A file that holds no YAML. */
export interface ReadFailure {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

export interface ReadResult {
  readonly manifests: readonly Manifest[];
  readonly failures: readonly ReadFailure[];
}

const EXTENSIONS = /\.(ya?ml|json)$/i;

/** `paths` are files, folders (with `recursive`, and theirs), or `-`. Throws an InputError for one that cannot be read. */
export async function readManifests(paths: readonly string[], recursive = false): Promise<ReadResult> {
  const files = (await Promise.all(paths.map((path) => listFiles(path, recursive)))).flat();
  const manifests: Manifest[] = [];
  const failures: ReadFailure[] = [];
  for (const file of files) {
    const name = file === '-' ? 'standard input' : file;
    const content = file === '-' ? await text(process.stdin) : await readText(file);
    try {
      manifests.push(...parseDocuments(content).flatMap((document) => toManifests(name, document)));
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      failures.push({ file: name, line: error.line, column: error.column, reason: error.message });
    }
  }
  return { manifests, failures };
}

/** The items of a `v1` List one by one. */
function toManifests(file: string, { value, line, lineOf }: Document): Manifest[] {
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) {
    return [{ object: value, file, line, lineOf }];
  }
  return items.map((object: unknown, i) => {
    const prefix = `items[${i}]`;
    return {
      object,
      file,
      line: lineOf(prefix),
      lineOf: (field) => lineOf(field === '' ? prefix : `${prefix}.${field}`),
    };
  });
}

async function listFiles(path: string, recursive: boolean): Promise<string[]> {
  if (path === '-') return ['-'];
  const info = await stat(path).catch((error: unknown) => cannotRead(path, error));
  if (!info.isDirectory()) return [path];
  const entries = await readdir(path, { recursive, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && EXTENSIONS.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0) {
    const way = recursive ? 'name another folder' : 'name another folder, or add --recursive';
    throw new InputError(`${path}: the folder holds no .yaml, .yml or .json file: ${way}`);
  }
  return files;
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => cannotRead(file, error));
}

function cannotRead(path: string, error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') throw new InputError(`${path}: there is no such file or folder: check the path`);
  if (code === 'EACCES') throw new InputError(`${path}: may not be read: check its permissions`);
  throw new InputError(`${path}: cannot be read: ${message}`);
}
