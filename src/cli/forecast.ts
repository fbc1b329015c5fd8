/** `foreshard forecast NODE`: what the operator expects a node to have free, as bands in the terminal. */
import { KubeConfig } from '@kubernetes/client-node';
import { Command, Option } from 'commander';
import { NODE_FORECASTS } from '../api/constants.ts';
import type { NodeForecast } from '../api/types.generated.ts';
import { KubeClient, createEnvironment, isNotFound } from '../runtime/index.ts';
import { renderForecast } from './forecast/band.ts';
import { InputError } from './support/errors.ts';
import { withExamples } from './support/help.ts';

interface Options {
  kubeconfig?: string;
  output: 'text' | 'json';
}

export function forecastCommand(): Command {
  const command = new Command('forecast')
    .description('Show what the operator expects a node to have free.')
    .argument('<node>', 'name of the Node, and of its NodeForecast')
    .option('--kubeconfig <file>', 'without it $KUBECONFIG or ~/.kube/config')
    .addOption(new Option('-o, --output <format>').choices(['text', 'json']).default('text'))
    .action(forecast);
  return withExamples(command, 'forecast worker-3', 'forecast worker-3 -o json');
}

async function forecast(node: string, options: Options): Promise<void> {
  const kubeConfig = new KubeConfig();
  if (options.kubeconfig === undefined) kubeConfig.loadFromDefault();
  else kubeConfig.loadFromFile(options.kubeconfig);
  const client = new KubeClient(kubeConfig, createEnvironment(), { userAgent: 'foreshard' });
  const found = await client.get<NodeForecast>(NODE_FORECASTS, { name: node }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    throw new InputError(
      `there is no NodeForecast ${node}: name a Node of this cluster, and see that the operator runs (kubectl get nodeforecasts)`,
    );
  });
  process.stdout.write(
    options.output === 'json' ? `${JSON.stringify(found, undefined, 2)}\n` : renderForecast(found),
  );
}
