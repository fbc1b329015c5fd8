/** Workflows, resolved once for each version of their spec. */
import type { ShardPlan, Workflow } from '../../api/types.generated.ts';
import { resolveWorkflow, type ResolvedWorkflow } from '../../core/workflow/index.ts';
import type { Caches } from '../caches.ts';
import type { NodeSettings } from './nodes.ts';

/** Keyed by the spec itself: a cached object is never changed, so a new spec is a new object. */
const known = new WeakMap<Workflow['spec'], ResolvedWorkflow>();

export function resolved(workflow: Workflow, settings: NodeSettings): ResolvedWorkflow {
  const cached = known.get(workflow.spec);
  if (cached !== undefined) return cached;
  const result = resolveWorkflow(workflow, { gpuResourceName: settings.gpuResourceName });
  known.set(workflow.spec, result);
  return result;
}

/** The workflow of this key, unless it is gone or being deleted: then garbage collection sees to the rest. */
export function liveWorkflow(key: string, caches: Caches): Workflow | undefined {
  const workflow = caches.workflows.store.get(key);
  return workflow?.metadata.deletionTimestamp === undefined ? workflow : undefined;
}

/** The outcome is decided, and nothing is left to run or to end. */
export function isFinished(workflow: Workflow): boolean {
  const succeeded = workflow.status?.conditions?.find((c) => c.type === 'Succeeded');
  return succeeded?.status === 'True' || succeeded?.status === 'False';
}

export function isManual(workflow: Workflow): boolean {
  return workflow.spec.planning?.mode === 'Manual';
}

export function planName(workflow: Workflow): string {
  return workflow.spec.planning?.planName ?? workflow.metadata.name ?? '';
}

/** The workflow's plan: one from Git that speaks of it, or one that Foreshard made for this very object. */
export function planOf(workflow: Workflow, caches: Caches): ShardPlan | undefined {
  const plan = caches.plans.store.get(`${workflow.metadata.namespace ?? ''}/${planName(workflow)}`);
  if (plan?.spec.workflowRef.name !== workflow.metadata.name) return undefined;
  const owner = plan?.metadata.ownerReferences?.find((o) => o.controller === true);
  if (isManual(workflow)) return plan;
  return owner?.uid === workflow.metadata.uid ? plan : undefined;
}
