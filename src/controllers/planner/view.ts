/** The cluster as the planner is shown it: every task on its node in force, and which of these are provisional. */
import type { WorkflowSnapshot } from '../../core/plan/snapshot.ts';
import { provisionalTasks, withBound } from '../../core/reshard/facts.ts';
import type { Freed, View } from '../../core/reshard/look.ts';
import type { Caches } from '../caches.ts';
import { gatherSnapshot } from '../gather/snapshot.ts';
import { isManual, planOf } from '../gather/workflows.ts';
import type { Settings } from '../settings.ts';

export function gatherView(caches: Caches, settings: Settings, now: number): View {
  const snapshot = gatherSnapshot(caches, settings, now);
  const seen = snapshot.workflows.map((of): { of: WorkflowSnapshot; provisional: readonly Freed[] } => {
    const workflow = caches.workflows.store.get(`${of.namespace}/${of.name}`);
    const plan = workflow === undefined ? undefined : planOf(workflow, caches);
    if (workflow === undefined || plan === undefined) return { of, provisional: [] };
    const provisional = provisionalTasks(workflow, plan, isManual(workflow), now);
    return { of: withBound(of, plan, now), provisional };
  });
  return {
    snapshot: { ...snapshot, workflows: seen.map((w) => w.of) },
    provisional: seen.map((w) => w.provisional),
  };
}
