/** Runs the program as a process of its own, as a shell does. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../api/fixtures/', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string;
  /** Another path of the program, such as a link to it. */
  readonly main?: string;
  readonly nodeArguments?: readonly string[];
  /** Beside that of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** In the folder of the fixtures. */
export async function foreshard(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { stdin = '', main = MAIN, nodeArguments = [], environment = {} } = options;
  const child = spawn(process.execPath, [...nodeArguments, main, ...args], {
    cwd: FIXTURES,
    env: { ...process.env, ...environment },
  });
  child.stdin.on('error', () => undefined); // It may end without reading.
  child.stdin.end(stdin);
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}
