/** `foreshard lint`: the API server's schemas and rules, and the operator's own, without either. */
import { Command, Option } from 'commander';
import { DEFAULT_GPU_RESOURCE, GROUP } from '../api/constants.ts';
import { Validator } from '../api/validation/index.ts';
import { checkObject } from './manifests/check.ts';
import { readManifests, type Manifest, type ReadFailure } from './manifests/read.ts';
import { EXIT_BAD_INPUT, InputError, printError } from './support/errors.ts';
import { withExamples } from './support/help.ts';

interface Options {
  filename: string[];
  recursive: boolean;
  gpuResource: string;
  output: 'text' | 'json';
}

export function lintCommand(): Command {
  const command = new Command('lint')
    .description('Check manifests offline, as the API server and the operator would.')
    .requiredOption('-f, --filename <file...>', 'files or folders of YAML or JSON; - is standard input')
    .option('-R, --recursive', 'folders within folders as well', false)
    .option('--gpu-resource <name>', "what the operator's gpuResourceName is", DEFAULT_GPU_RESOURCE)
    .addOption(new Option('-o, --output <format>', 'how to report').choices(['text', 'json']).default('text'))
    .action(async (options: Options) => {
      const report = await lint(options);
      if (options.output === 'json') printJson(report);
      else printText(report);
      if (countProblems(report) > 0) process.exitCode = EXIT_BAD_INPUT;
    });
  return withExamples(
    command,
    'lint -f workflow.yaml',
    'lint -f samples -R -o json',
    'lint -f - < workflow.yaml',
  );
}

interface FoundProblem {
  readonly line: number;
  readonly field: string;
  readonly reason: string;
  readonly message: string;
}

interface ObjectReport {
  readonly file: string;
  readonly line: number;
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Of another group: nothing can be said of it. */
  readonly skipped: boolean;
  /** All rules were asked. */
  readonly isComplete: boolean;
  readonly problems: readonly FoundProblem[];
}

interface Report {
  readonly failures: readonly ReadFailure[];
  readonly objects: readonly ObjectReport[];
}

async function lint({ filename, recursive, gpuResource }: Options): Promise<Report> {
  const { manifests, failures } = await readManifests(filename, recursive);
  const validator = await Validator.load();
  const objects = manifests.map((manifest) => lintObject(validator, manifest, gpuResource));
  if (failures.length === 0 && objects.every(({ skipped }) => skipped)) {
    throw new InputError(
      `${filename.join(', ')}: no object of the group ${GROUP} is in there: name another file`,
    );
  }
  return { failures, objects };
}

function lintObject(validator: Validator, manifest: Manifest, gpuResourceName: string): ObjectReport {
  const { object, file, line, lineOf } = manifest;
  const head = readHead(object);
  const skipped =
    head.apiVersion !== undefined && head.kind !== undefined && !head.apiVersion.startsWith(`${GROUP}/`);
  if (skipped) return { file, line, ...head, skipped, isComplete: true, problems: [] };
  const { problems, isComplete } = checkObject(validator, object, { gpuResourceName });
  const found = problems.map((problem) => ({ line: lineOf(problem.field), ...problem }));
  return { file, line, ...head, skipped, isComplete, problems: found.sort((a, b) => a.line - b.line) };
}

type Head = Pick<ObjectReport, 'apiVersion' | 'kind' | 'namespace' | 'name'>;

function readHead(object: unknown): Head {
  const { apiVersion, kind, metadata } = (object ?? {}) as Record<string, unknown>;
  const { namespace, name } = (metadata ?? {}) as Record<string, unknown>;
  return {
    apiVersion: asText(apiVersion),
    kind: asText(kind),
    namespace: asText(namespace),
    name: asText(name),
  };
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function countProblems({ failures, objects }: Report): number {
  return objects.reduce((sum, { problems }) => sum + problems.length, failures.length);
}

function printText(report: Report): void {
  for (const { file, line, column, reason } of report.failures) {
    printError(`${file}:${line}:${column}: this is no YAML: ${reason}`);
  }
  for (const object of report.objects) {
    const { file, line, kind = 'object', name = '(no name)', skipped, problems } = object;
    if (skipped) {
      process.stdout.write(`${file}:${line}: ${kind} ${name} is not of ${GROUP}: passed over\n`);
    } else if (problems.length === 0) {
      process.stdout.write(`${file}:${line}: ${kind} ${name} is valid\n`);
    }
    for (const problem of problems) {
      const field = problem.field === '' ? '' : `${problem.field}: `;
      printError(`${file}:${problem.line}: ${kind} ${name}: ${field}${problem.message}`);
    }
  }
  const count = countProblems(report);
  if (count === 0) return;
  const more = report.objects.some(({ isComplete }) => !isComplete)
    ? ': some rules could not be asked before'
    : '';
  printError(
    `${count === 1 ? '1 problem' : `${count} problems`}; correct what is named above, and run lint again${more}`,
  );
}

function printJson(report: Report): void {
  const objects = report.objects.map((object) => ({
    ...object,
    valid: !object.skipped && object.problems.length === 0,
  }));
  const value = { problems: countProblems(report), failures: report.failures, objects };
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
