/** `foreshard history`: what is in a history, rows from elsewhere into it, and its upkeep by hand. */
import { Command } from 'commander';
import { compactCommand } from './history/compact.ts';
import { importCommand } from './history/import.ts';
import { statCommand } from './history/stat.ts';
import { withExamples } from './support/help.ts';

export function historyCommand(): Command {
  const command = new Command('history').description(
    'Look at, fill and tidy a history of node loads and task runs (Parquet files in one directory or S3-compatible bucket). ' +
      'A bucket is reached as by the AWS command line: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_S3.',
  );
  for (const part of [statCommand(), importCommand(), compactCommand()]) {
    command.addCommand(part.copyInheritedSettings(command));
  }
  return withExamples(command, 'history stat /var/lib/foreshard/history');
}
