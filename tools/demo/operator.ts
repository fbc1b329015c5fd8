/** The operator of the demo: a process with the rights of its own ServiceAccount, configured for quick observation. */
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import yaml from 'js-yaml';

import { REPLAYER_QUERIES } from '../history/replayer.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { operatorKubeconfig } from '../operator/access.ts';
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
  const config = join(folder, 'operator.yaml');
  const kubeconfig = join(folder, 'operator.kubeconfig');
  await writeFile(kubeconfig, await operatorKubeconfig(cluster), { mode: 0o600 });
  await writeFile(
    config,
    yaml.dump({
      apiVersion: 'config.foreshard.dev/v1alpha1',
      kind: 'OperatorConfiguration',
      history: { directory: history, flushSeconds: 30 },
      observe: {
        load: 'Background',
        intervalSeconds: 5,
        prometheus: { url: metricsUrl, queries: REPLAYER_QUERIES },
      },
      metrics: { bindAddress: '127.0.0.1:0' },
      health: { bindAddress: '127.0.0.1:0' },
    }),
  );
  return startBackground(folder, 'operator', [
    main,
    'operator',
    '--config',
    config,
    '--kubeconfig',
    kubeconfig,
    '--log-format',
    'text',
  ]);
}
