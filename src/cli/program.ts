/**
 * The commands, and how each is told and ended. A command's file is loaded when it is the one that was
 * called, so that `foreshard lint` does not wait for what the operator needs.
 */
import { basename } from 'node:path';
import { Command, CommanderError } from 'commander';
import { EXIT_BAD_INPUT, EXIT_FAILURE, EXIT_OK, InputError, printError } from './support/errors.ts';
import { readVersion } from './version.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const COMMANDS: readonly Entry[] = [
  {
    name: 'history',
    summary: 'Look at, fill and tidy a history of node loads and task runs.',
    load: async () => (await import('./history.ts')).historyCommand(),
  },
  {
    name: 'backtest',
    summary: 'Forecast a history from origins in its past, and score what would have been said.',
    load: async () => (await import('./backtest.ts')).backtestCommand(),
  },
  {
    name: 'forecast',
    summary: 'Show what the operator expects a node to have free.',
    load: async () => (await import('./forecast.ts')).forecastCommand(),
  },
  {
    name: 'import',
    summary: 'Write recorded workflows of other tools as Workflow YAML.',
    load: async () => (await import('./import.ts')).importCommand(),
  },
  {
    name: 'lint',
    summary: 'Check manifests offline, as the API server and the operator would.',
    load: async () => (await import('./lint.ts')).lintCommand(),
  },
  {
    name: 'operator',
    summary: 'Run the controllers: forecast nodes, plan workflows, run their tasks, and reshard.',
    load: async () => (await import('./operator.ts')).operatorCommand(),
  },
  {
    name: 'plan',
    summary: 'Make ShardPlans without a cluster, from files and a history of node load.',
    load: async () => (await import('./plan.ts')).planCommand(),
  },
  {
    name: 'version',
    summary: 'Print the version of this program and of its API.',
    load: async () => (await import('./version.ts')).versionCommand(),
  },
];

/** Sets `process.exitCode`. `argv` is as in `process.argv`. */
export async function run(argv: readonly string[]): Promise<void> {
  exitQuietlyOnBrokenPipe();
  try {
    const program = await createProgram(argv);
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

async function createProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command()
    .name(isPlugin(argv) ? 'kubectl foreshard' : 'foreshard')
    .description(
      'Plans where and when the tasks of a workflow run, from a forecast of what every node will have free.',
    )
    .version(await readVersion())
    .exitOverride()
    .showHelpAfterError('Add --help to see what there is.');
  const words = argv.slice(2).filter((word) => !word.startsWith('-'));
  const called = words[0] === 'help' ? words[1] : words[0];
  for (const { name, summary, load } of COMMANDS) {
    const command = name === called ? await load() : new Command(name).description(summary);
    program.addCommand(command.copyInheritedSettings(program));
  }
  program.addHelpText('after', `\nExample:\n  ${program.name()} lint -f workflow.yaml`);
  return program;
}

/** kubectl finds plugins by the name of their file. */
function isPlugin(argv: readonly string[]): boolean {
  return basename(argv[1] ?? '').startsWith('kubectl-');
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // commander has printed it. Without a command the help is the answer, and yet nothing was done.
    return error.exitCode === 0 ? EXIT_OK : EXIT_BAD_INPUT;
  }
  printError(error instanceof Error ? error.message : String(error));
  return error instanceof InputError ? EXIT_BAD_INPUT : EXIT_FAILURE;
}

/** `foreshard lint … | head` is no failure. */
function exitQuietlyOnBrokenPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}
