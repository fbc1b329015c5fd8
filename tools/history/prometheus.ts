/**
 * A real Prometheus for tests and the demo.
 *
 * The binary is PROMETHEUS (a path), or on PATH, or taken out of Debian's package `prometheus` (downloaded by
 * apt-get, unpacked into a folder of the user's cache, not installed: no service starts and no file of the system
 * changes). Where none can be had the reason is told, and the replayer answers the queries itself.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const APT_TIMEOUT_MS = 120_000;
/** Enough of its log to say why it did not start. */
const LOG_CHARACTERS = 2000;

export type Found = { readonly binary: string } | { readonly binary: undefined; readonly reason: string };

let found: Promise<Found> | undefined;

/** Looked for once a process. */
export function findPrometheus(): Promise<Found> {
  found ??= lookForPrometheus();
  return found;
}

async function lookForPrometheus(): Promise<Found> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'foreshard', 'prometheus');
  const cached = join(cache, 'prometheus');
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'prometheus'));
  for (const binary of [process.env.PROMETHEUS, ...onPath, cached]) {
    if (binary !== undefined && binary !== '' && (await isExecutable(binary))) return { binary };
  }
  try {
    await unpackPackage(cache);
    if (await isExecutable(cached)) return { binary: cached };
    return { binary: undefined, reason: "Debian's package prometheus holds no /usr/bin/prometheus" };
  } catch (error) {
    const cause = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return {
      binary: undefined,
      reason: `there is no prometheus on PATH, and apt-get could not fetch it: ${cause}`,
    };
  }
}

async function unpackPackage(cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'download-'));
  const apt = async (...args: string[]): Promise<void> => {
    await run('apt-get', args, { cwd: work, timeout: APT_TIMEOUT_MS });
  };
  try {
    await apt('download', 'prometheus').catch(async () => {
      // No package lists yet, as in a fresh container.
      await apt('update');
      await apt('download', 'prometheus');
    });
    const archive = (await readdir(work)).find((name) => name.endsWith('.deb'));
    if (archive === undefined) throw new Error('apt-get download left no package');
    await run('dpkg', ['-x', archive, 'root'], { cwd: work });
    await rename(join(work, 'root', 'usr', 'bin', 'prometheus'), join(cache, 'prometheus'));
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

export interface PrometheusServerOptions {
  readonly binary: string;
  /** `host:port` of what is scraped at /metrics. */
  readonly targets: readonly string[];
  readonly scrapeIntervalSeconds: number;
  /** For its files: removed at the end. A fresh temporary one unless given. */
  readonly folder?: string;
}

export interface PrometheusServer {
  readonly url: string;
  readonly pid: number | undefined;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

/** Resolves when it is ready to be asked. */
export async function startPrometheus(options: PrometheusServerOptions): Promise<PrometheusServer> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'foreshard-prometheus-')));
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await writeFile(join(folder, 'prometheus.yml'), configuration(options));
  const child = spawn(
    options.binary,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--storage.tsdb.retention.time=1d',
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-LOG_CHARACTERS)));
  child.on('error', (error) => (log += error.message));
  const endNow = (): void => void child.kill('SIGKILL');
  process.once('exit', endNow);
  const stop = async (): Promise<void> => {
    await end(child);
    process.removeListener('exit', endNow);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(url, child);
  } catch (error) {
    await stop();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Prometheus did not start: ${reason}\n${log}`, { cause: error });
  }
  return { url, pid: child.pid, stop };
}

function configuration(options: PrometheusServerOptions): string {
  const interval = `${options.scrapeIntervalSeconds}s`;
  // JSON is YAML. The node label of the exporter is kept: it is what the metric is about.
  return JSON.stringify({
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: [
      { job_name: 'foreshard-replayer', honor_labels: true, static_configs: [{ targets: options.targets }] },
    ],
  });
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
      throw new Error('it ended');
    const isReady = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(1000) }).then(
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

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
