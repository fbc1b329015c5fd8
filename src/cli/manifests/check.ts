/** Everything that can be said of an object offline: the API server's verdict, and then the workflow's own rules. */
import { DEFAULT_GPU_RESOURCE } from '../../api/constants.ts';
import type { Problem } from '../../api/problem.ts';
import type { Workflow } from '../../api/types.generated.ts';
import type { Validator } from '../../api/validation/index.ts';
import { resolveWorkflow } from '../../core/workflow/index.ts';

export interface CheckOptions {
  readonly gpuResourceName?: string;
}

export function checkObject(validator: Validator, object: unknown, options: CheckOptions = {}): Problem[] {
  const verdict = validator.validate(object);
  const problems = [...verdict.problems];
  if (!verdict.isSound || !isWorkflow(verdict.object)) return problems;

  const { gpuResourceName = DEFAULT_GPU_RESOURCE } = options;
  const told = new Set(problems.map(({ field }) => field));
  const more = resolveWorkflow(verdict.object, { gpuResourceName }).problems;
  return [...problems, ...more.filter(({ field }) => !told.has(field))];
}

function isWorkflow(object: unknown): object is Workflow {
  return (object as Workflow).kind === 'Workflow';
}
