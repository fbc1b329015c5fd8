/** The cluster as the planner is shown it: every task on its node in force, and which of these are provisional. */
import { provisionalTasks } from '../../core/reshard/facts.ts';
import type { View } from '../../core/reshard/look.ts';
import type { Caches } from '../caches.ts';
import { gatherSnapshot } from '../gather/snapshot.ts';
import { isManual, planOf } from '../gather/workflows.ts';
import type { Settings } from '../settings.ts';

export function gatherView(caches: Caches, settings: Settings, now: number): View {
  const snapshot = gatherSnapshot(caches, settings, now);
  return {
    snapshot,
    provisional: snapshot.workflows.map(({ namespace, name }) => {
      const workflow = caches.workflows.store.get(`${namespace}/${name}`);
      const plan = workflow === undefined ? undefined : planOf(workflow, caches);
      if (workflow === undefined || plan === undefined) return [];
      return provisionalTasks(workflow, plan, isManual(workflow), now);
    }),
  };
}
