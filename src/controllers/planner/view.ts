/** The cluster as the planner is shown it: every task on its node in force, and which of these are provisional. */
import type { ShardPlan, Workflow } from '../../api/types.generated.ts';
import { parseTime } from '../../api/times.ts';
import { planInForce } from '../../core/plan/in-force.ts';
import type { Freed, View } from '../../core/reshard/look.ts';
import type { Caches } from '../caches.ts';
import { isStarted } from '../gather/planned-workflow.ts';
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
      return workflow === undefined || plan === undefined ? [] : provisionalTasks(workflow, plan, now);
    }),
  };
}

/**
 * None of a plan that was written by hand, nor of a workflow that does not want to be moved for what is merely better.
 * A task whose last attempt is still being ended has been moved: it stays where it is sent.
 */
function provisionalTasks(workflow: Workflow, plan: ShardPlan, now: number): Freed[] {
  if (isManual(workflow) || (workflow.spec.resharding?.onDrift ?? 'Reroute') !== 'Reroute') return [];
  const started = new Set(
    (workflow.status?.tasks ?? []).filter((t) => isStarted(t.state)).map((t) => t.name),
  );
  const refused = refusals(workflow, plan, now);
  return [...planInForce(plan).values()]
    .filter((a) => a.binding === 'Provisional' && !started.has(a.task))
    .map(({ task }) => ({ task, excludedNode: refused.get(task) }));
}

/**
 * By task: the node whose kube-scheduler has just not bound its pod. The planner thinks that it fits there, and would
 * send it back.
 */
function refusals({ spec }: Workflow, { status }: ShardPlan, now: number): Map<string, string> {
  const since = now - (spec.resharding?.cooldownSeconds ?? 300) * 1000;
  const recent = (status?.reshards ?? []).filter(
    (r) => r.cause === 'PodUnschedulable' && (parseTime(r.time) ?? 0) >= since,
  );
  return new Map(recent.flatMap((r) => (r.moved ?? []).map((m) => [m.task, m.from] as const)));
}
