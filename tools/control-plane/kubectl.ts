/** Runs kubectl against a cluster. */
import { spawn } from 'node:child_process';

/** Returns kubectl's standard output; fails with the command line and its standard error. */
export function runKubectl(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  stdin = '',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(`kubectl ${args.join(' ')} failed: ${errors.trim() || `exit code ${String(code)}`}`),
        );
    });
    // kubectl may end without reading its input; its own error says more than a broken pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}
