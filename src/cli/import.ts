/** `foreshard import`: workflows that others have recorded, as Workflow YAML on standard output. */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { Command } from 'commander';
import yaml from 'js-yaml';
import { tryParseQuantity } from '../core/quantity/index.ts';
import { RESOURCES } from '../core/resources.ts';
import { parseInstance, toWorkflow } from './import/wfcommons.ts';
import { InputError } from './support/errors.ts';
import { withExamples } from './support/help.ts';

interface Options {
  name?: string;
  namespace?: string;
  image: string;
  resources: string;
}

export function importCommand(): Command {
  const wfcommons = new Command('wfcommons')
    .description('A WfCommons instance (WfFormat 1.5, also gzipped).')
    .argument('<file>', 'the instance')
    .option('--name <name>', "the Workflow's name; the instance's unless set")
    .option('-n, --namespace <namespace>', 'the namespace to write into it')
    .option('--image <image>', 'what the tasks run', 'registry.example.com/task:1')
    .option('--resources <list>', 'what a task takes of which nothing was recorded', 'cpu=1,memory=512Mi')
    .action(async (file: string, { resources, ...options }: Options) => {
      const instance = parseInstance(await readInstance(file), file);
      const workflow = toWorkflow(instance, { ...options, resources: parseResources(resources) });
      process.stdout.write(yaml.dump(workflow, { noRefs: true }));
    });
  const command = new Command('import')
    .description('Write recorded workflows of other tools as Workflow YAML.')
    .addCommand(withExamples(wfcommons, 'import wfcommons montage.json.gz --resources cpu=2,memory=4Gi'));
  return withExamples(command, 'import wfcommons montage.json.gz > workflow.yaml');
}

async function readInstance(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error);
    throw new InputError(`${file}: ${reason}: check the path`);
  });
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    return (isGzip ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw new InputError(`${file}: is gzipped and damaged: fetch it again`, { cause: error });
  }
}

function parseResources(list: string): Record<string, string> {
  return Object.fromEntries(
    list.split(',').map((pair) => {
      const [name = '', quantity = ''] = pair.split('=');
      if (!RESOURCES.some((r) => r === name) || tryParseQuantity(quantity) === undefined) {
        throw new InputError(
          `--resources ${list}: "${pair}" is not understood: write it as cpu=2,memory=4Gi (of ${RESOURCES.join(', ')})`,
        );
      }
      return [name, quantity];
    }),
  );
}
