/** `foreshard operator`: the controllers, in the cluster or against a kubeconfig. */
import { readFile } from 'node:fs/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { Command, Option } from 'commander';
import yaml from 'js-yaml';
import { defaultConfiguration, readConfiguration, type OperatorConfiguration } from '../api/configuration.ts';
import { runOperator } from '../controllers/operator.ts';
import { createLogger, type LogLevel } from '../runtime/index.ts';

interface Options {
  config?: string;
  kubeconfig?: string;
  logLevel: LogLevel;
  logFormat: 'json' | 'text';
}

export function operatorCommand(): Command {
  return new Command('operator')
    .description('Run the controllers: forecast nodes, plan workflows, run their tasks, and reshard.')
    .option('--config <file>', 'an OperatorConfiguration (YAML); without it the defaults')
    .option('--kubeconfig <file>', "without it $KUBECONFIG, ~/.kube/config, or the pod's service account")
    .addOption(new Option('--log-level <level>').choices(['debug', 'info', 'warn', 'error']).default('info'))
    .addOption(new Option('--log-format <format>').choices(['json', 'text']).default('json'))
    .addHelpText('after', '\nExample:\n  foreshard operator --config operator.yaml --log-format text')
    .action(async (options: Options) => {
      // An ex-leader must be gone even where a reconcile of it does not heed its signal.
      process.exit(await run(options));
    });
}

async function run(options: Options): Promise<number> {
  const log = createLogger({ level: options.logLevel, format: options.logFormat });
  const configuration = await configurationOf(options.config);
  const kubeConfig = new KubeConfig();
  if (options.kubeconfig === undefined) kubeConfig.loadFromDefault();
  else kubeConfig.loadFromFile(options.kubeconfig);

  const stop = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    log.info('stopping', { signal: name });
    stop.abort();
  };
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);
  const exit = await runOperator(kubeConfig, configuration, log, stop.signal);
  if (exit.code !== 0)
    log.error('the operator has stopped', { reason: exit.reason, error: exit.error?.message });
  return exit.code;
}

async function configurationOf(file: string | undefined): Promise<OperatorConfiguration> {
  if (file === undefined) return defaultConfiguration();
  try {
    return readConfiguration(yaml.load(await readFile(file, 'utf8'), { schema: yaml.CORE_SCHEMA }));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}: ${reason}`, { cause: error });
  }
}
