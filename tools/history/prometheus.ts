/**
 * A real Prometheus for tests and the demo (`debian-package.ts` says where it comes from). Where none can be had the
 * reason is told, and the replayer answers the queries itself.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './debian-package.ts';
import type { Found } from './debian-package.ts';
import { freePort } from '../control-plane/ports.ts';
import { startServer } from './server-process.ts';

export const findPrometheus = (): Promise<Found> => findProgram('prometheus');

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
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await writeFile(join(folder, 'prometheus.yml'), configuration(options));
    const server = await startServer(
      options.binary,
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--storage.tsdb.retention.time=1d',
      ],
      `${url}/-/ready`,
      { cwd: folder },
    );
    const stop = async (): Promise<void> => {
      await server.stop();
      await remove();
    };
    return { url, pid: server.pid, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

function configuration(options: PrometheusServerOptions): string {
  const interval = `${options.scrapeIntervalSeconds}s`;
  // JSON is YAML. The node label of the exporter is kept: it is what the metric is about.
  return JSON.stringify({
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: [
      { job_name: 'foreshard', honor_labels: true, static_configs: [{ targets: options.targets }] },
    ],
  });
}
