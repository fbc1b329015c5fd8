/** `foreshard history compact`: what the operator does each hour, at once and for every day. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { HistoryProblem } from '../../history/index.ts';
import { withExamples } from '../support/help.ts';
import { PLACE, openHistory } from './open.ts';

interface Options {
  retentionDays?: number;
  output: 'text' | 'json';
}

export function compactCommand(): Command {
  const command = new Command('compact')
    .description(
      "Fold each day's files into one, set damaged files aside, and remove old days if told to. " +
        'May run beside the operator.',
    )
    .argument('<dir>', PLACE)
    .option('--retention-days <n>', 'remove days that ended longer ago (default: none)', positiveInteger)
    .addOption(new Option('-o, --output <format>', 'how to report').choices(['text', 'json']).default('text'))
    .action(compact);
  return withExamples(command, 'history compact /var/lib/foreshard/history --retention-days 90');
}

async function compact(directory: string, { retentionDays, output }: Options): Promise<void> {
  const problems: HistoryProblem[] = [];
  // Opened to be written a history is made where there is none: here that would be a mistyped name.
  await (await openHistory(directory, { readOnly: true })).close();
  const store = await openHistory(directory, { onProblem: (problem) => problems.push(problem) });
  const result = await store.maintain({ all: true, retentionDays: retentionDays ?? Infinity });
  await store.close();
  if (output === 'json') {
    process.stdout.write(`${JSON.stringify({ ...result, problems }, undefined, 2)}\n`);
    return;
  }
  process.stdout.write(`folded ${result.foldedFiles} files, removed ${result.removedDays} days\n`);
  for (const { file, reason, action } of problems) {
    process.stdout.write(`${file}: ${action}: ${reason}\n`);
  }
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError('It has to be a whole number of days, 1 or more.');
  }
  return value;
}
