/** Everything that can be said of an object offline: the API server's verdict, and then the workflow's own rules. */
import { DEFAULT_GPU_RESOURCE } from '../../api/constants.ts';
import type { Problem } from '../../api/problem.ts';
import type { Workflow } from '../../api/types.generated.ts';
import type { Validator } from '../../api/validation/index.ts';
import { buildGraph, resolveWorkflow, type GraphTask } from '../../core/workflow/index.ts';

export interface CheckOptions {
  readonly gpuResourceName?: string;
}

export interface CheckResult {
  readonly problems: readonly Problem[];
  /** All rules were asked. They are not where types are wrong, so that more problems may show later. */
  readonly isComplete: boolean;
}

export function checkObject(validator: Validator, object: unknown, options: CheckOptions = {}): CheckResult {
  const { problems, object: prepared, isSound } = validator.validate(object);
  const told = new Set(problems.map(({ field }) => field));
  const more = ownProblems(prepared, isSound, options).filter(({ field }) => !told.has(field));
  return { problems: [...problems, ...more], isComplete: isSound };
}

function ownProblems(object: unknown, isSound: boolean, options: CheckOptions): readonly Problem[] {
  const { kind, spec } = (object ?? {}) as { kind?: unknown; spec?: { tasks?: unknown } | null };
  if (kind !== 'Workflow') return [];
  if (!isSound) return buildGraph(readGraph(spec?.tasks)).problems;
  const { gpuResourceName = DEFAULT_GPU_RESOURCE } = options;
  return resolveWorkflow(object as Workflow, { gpuResourceName }).problems;
}

/** As much of the graph as can be seen in an object whose types are not right. */
function readGraph(tasks: unknown): GraphTask[] {
  if (!Array.isArray(tasks)) return [];
  return tasks.map((task: unknown, i) => {
    const { name, dependencies } = (task ?? {}) as Record<string, unknown>;
    return {
      name: typeof name === 'string' ? name : `(spec.tasks[${i}])`,
      dependencies: isStrings(dependencies) ? dependencies : [],
    };
  });
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
