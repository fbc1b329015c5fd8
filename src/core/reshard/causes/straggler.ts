/**
 * A task that runs on a healthy node, and of which the forecast says that it would be done sooner elsewhere even though
 * it starts there from the beginning (core/plan/rescue.ts). Only where the workflow lets running tasks be started anew.
 */
import { afterCooldown, names, tasksByNode, type Detect } from '../world.ts';

export const straggler: Detect = (world) => {
  const { policy } = world;
  if (policy.runningTasks !== 'Restart' || policy.onDrift !== 'Reroute') return { findings: [] };
  const findings = tasksByNode(world).flatMap(([node, tasks]) => {
    const slow = tasks.filter(
      (t) => t.state === 'Running' && t.soonerOn !== undefined && t.soonerOn !== node,
    );
    if (slow.length === 0) return [];
    const finding = {
      cause: 'Straggler',
      node,
      message: `${slow.length === 1 ? `task ${slow[0]?.name ?? ''}` : `${slow.length} tasks`} on node ${node} would be done sooner by starting anew on another`,
      tasks: names(slow),
      response: policy.onDrift,
      hard: false,
    } as const;
    return [finding];
  });
  return afterCooldown(world, findings);
};
