/** A server of somebody else's as a child process: up when it says so, and gone when told. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
/** Enough of its log to say why it did not start. */
const LOG_CHARACTERS = 2000;

export interface ServerProcess {
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/**
 * @param readyUrl answers with a success as soon as the server can be asked
 */
export async function startServer(
  binary: string,
  args: readonly string[],
  readyUrl: string,
  options: { readonly cwd?: string } = {},
): Promise<ServerProcess> {
  const child = spawn(binary, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-LOG_CHARACTERS)));
  child.on('error', (error) => (log += error.message));
  const endNow = (): void => void child.kill('SIGKILL');
  process.once('exit', endNow);
  const stop = async (): Promise<void> => {
    await end(child);
    process.removeListener('exit', endNow);
  };
  try {
    await untilReady(readyUrl, child);
  } catch (error) {
    await stop();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${binary} did not start: ${reason}\n${log}`, { cause: error });
  }
  return { pid: child.pid, stop };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
      throw new Error('it ended');
    const isReady = await fetch(url, { signal: AbortSignal.timeout(1000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`it was not ready within ${START_TIMEOUT_MS / 1000} s`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
