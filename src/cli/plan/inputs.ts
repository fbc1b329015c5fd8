/** Workflows and nodes from files, checked; whatever is wrong with them is told with file, line and reason. */
import { GROUP } from '../../api/constants.ts';
import type { Workflow } from '../../api/types.generated.ts';
import { Validator } from '../../api/validation/index.ts';
import type { Node } from '../../controllers/gather/kubernetes.ts';
import { tryParseQuantity } from '../../core/quantity/index.ts';
import { checkObject } from '../manifests/check.ts';
import { readManifests, type Manifest, type ReadFailure } from '../manifests/read.ts';
import { InputError } from '../support/errors.ts';

/** Several things that are wrong, a line each. */
const fail = (lines: readonly string[]): never => {
  throw new InputError(lines.join('\nerror: '));
};

/** In the order of the files. Objects of other groups, and the other kinds of this one, are passed over. */
export async function readWorkflows(files: readonly string[], gpuResourceName: string): Promise<Workflow[]> {
  const { manifests, failures } = await readManifests(files);
  const validator = await Validator.load();
  const lines = failures.map(unreadable);
  const workflows: Workflow[] = [];
  const places = new Map<string, string>();
  for (const manifest of manifests) {
    if (!isWorkflow(manifest.object)) continue;
    const { problems } = checkObject(validator, manifest.object, { gpuResourceName });
    const { problems: ofStatus, object } = validator.validate(manifest.object, { status: 'check' });
    const more = ofStatus.filter(({ field }) => field.startsWith('status'));
    const found = [...problems, ...more];
    lines.push(...found.map(({ field, message }) => at(manifest, field, message)));
    if (found.length > 0) continue;
    const workflow = object as Workflow;
    const key = `${workflow.metadata.namespace ?? ''}/${workflow.metadata.name ?? ''}`;
    const first = places.get(key);
    if (first !== undefined)
      lines.push(at(manifest, 'metadata.name', `the same workflow is at ${first}: remove one`));
    places.set(key, `${manifest.file}:${manifest.line}`);
    workflows.push(workflow);
  }
  if (lines.length > 0) fail(lines);
  if (workflows.length === 0) fail([`${files.join(', ')}: holds no Workflow: name another file`]);
  return workflows;
}

export async function readNodes(file: string): Promise<Node[]> {
  const { manifests, failures } = await readManifests([file]);
  const lines = failures.map(unreadable);
  const names = new Set<string>();
  for (const manifest of manifests) {
    const problems = nodeProblems(manifest.object);
    lines.push(...problems.map(({ field, message }) => at(manifest, field, message)));
    if (problems.length > 0) continue;
    const { name = '' } = (manifest.object as Node).metadata ?? {};
    if (names.has(name))
      lines.push(at(manifest, 'metadata.name', `node ${name} is listed twice: remove one`));
    names.add(name);
  }
  if (lines.length > 0) fail(lines);
  return manifests.map(({ object }) => object as Node);
}

interface NodeProblem {
  readonly field: string;
  readonly message: string;
}

function nodeProblems(object: unknown): NodeProblem[] {
  const { kind, metadata, status } = (object ?? {}) as {
    kind?: unknown;
    metadata?: { name?: unknown } | null;
    status?: { allocatable?: unknown } | null;
  };
  if (kind !== 'Node')
    return [{ field: 'kind', message: `is ${String(kind)}: only Nodes are expected here` }];
  if (typeof metadata?.name !== 'string' || metadata.name === '')
    return [{ field: 'metadata.name', message: 'Required value: a node needs a name' }];
  const allocatable = status?.allocatable;
  if (typeof allocatable !== 'object' || allocatable === null)
    return [
      { field: 'status.allocatable', message: 'Required value: what the node has, such as {cpu: "8"}' },
    ];
  return Object.entries(allocatable).flatMap(([resource, quantity]) => {
    const isQuantity =
      (typeof quantity === 'string' || typeof quantity === 'number') &&
      (tryParseQuantity(String(quantity)) ?? -1) >= 0;
    if (isQuantity) return [];
    const message = `${JSON.stringify(quantity)} is no quantity: write it as Kubernetes does, such as "8" or "32Gi"`;
    return [{ field: `status.allocatable.${resource}`, message }];
  });
}

function isWorkflow(object: unknown): boolean {
  const { apiVersion, kind } = (object ?? {}) as { apiVersion?: unknown; kind?: unknown };
  // One that says neither is taken for a Workflow, so that it is told what it lacks.
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return true;
  return apiVersion.startsWith(`${GROUP}/`) && kind !== 'ShardPlan' && kind !== 'NodeForecast';
}

function at({ file, lineOf, object }: Manifest, field: string, message: string): string {
  const { kind, metadata } = (object ?? {}) as { kind?: unknown; metadata?: { name?: unknown } | null };
  const who = [kind, metadata?.name].filter((word) => typeof word === 'string').join(' ') || 'object';
  return `${file}:${lineOf(field)}: ${who}: ${field === '' ? '' : `${field}: `}${message}`;
}

function unreadable({ file, line, column, reason }: ReadFailure): string {
  return `${file}:${line}:${column}: this is no YAML: ${reason}`;
}
