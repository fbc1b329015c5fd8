/** The operator of the demo: a process with the rights of its own ServiceAccount, configured for quick observation. */
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { REPLAYER_QUERIES } from '../history/replayer.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { operatorCommand } from '../operator/command.ts';
import { startBackground } from './processes.ts';
import type { Background } from './processes.ts';

/** As it is installed: what the demo tells of its memory is then what a cluster would see. */
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** @param metricsUrl of Prometheus, or of what answers in its place */
export async function startOperator(
  cluster: Cluster,
  folder: string,
  history: string,
  metricsUrl: string,
): Promise<Background> {
  await access(main).catch((error: unknown) => {
    throw new Error(`${main} is not there. Build it: make build`, { cause: error });
  });
  const command = await operatorCommand(cluster, folder, {
    history: { directory: history, flushSeconds: 30 },
    observe: {
      load: 'Background',
      intervalSeconds: 5,
      prometheus: { url: metricsUrl, queries: REPLAYER_QUERIES },
    },
  });
  return startBackground(folder, 'operator', [main, ...command]);
}
