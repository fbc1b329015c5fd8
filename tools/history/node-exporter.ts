/** A real node-exporter for tests: the load of this machine (`debian-package.ts` says where it comes from). */
import { findProgram } from './debian-package.ts';
import type { Found } from './debian-package.ts';
import { freePort } from '../control-plane/ports.ts';
import { startServer } from './server-process.ts';

export const findNodeExporter = (): Promise<Found> => findProgram('prometheus-node-exporter');

export interface NodeExporter {
  /** `host:port` to scrape. */
  readonly target: string;
  stop(): Promise<void>;
}

/** Resolves when it can be scraped. */
export async function startNodeExporter(binary: string): Promise<NodeExporter> {
  const target = `127.0.0.1:${await freePort()}`;
  const collectors = ['cpu', 'meminfo', 'netdev', 'uname'].map((name) => `--collector.${name}`);
  const server = await startServer(
    binary,
    [
      `--web.listen-address=${target}`,
      '--collector.disable-defaults',
      ...collectors,
      // Debian leaves the loopback device out, the only one on which a test may make traffic.
      '--collector.netdev.device-exclude=^$',
    ],
    `http://${target}/metrics`,
  );
  return { target, stop: () => server.stop() };
}
