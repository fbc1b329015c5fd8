/** `foreshard version` */
import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { API_VERSION } from '../api/constants.ts';
import { withExamples } from './support/help.ts';

interface Options {
  output: 'text' | 'json';
}

export function versionCommand(): Command {
  const command = new Command('version')
    .description('Print the version of this program and of its API.')
    .addOption(
      new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'),
    )
    .action(async ({ output }: Options) => {
      const version = { version: await readVersion(), apiVersion: API_VERSION, node: process.versions.node };
      const text = `foreshard ${version.version} (${version.apiVersion}, Node.js ${version.node})`;
      process.stdout.write(`${output === 'json' ? JSON.stringify(version, undefined, 2) : text}\n`);
    });
  return withExamples(command, 'version', 'version -o json');
}

/** From package.json, which is two folders up from `src/cli` and from `dist/cli` alike. */
export async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
