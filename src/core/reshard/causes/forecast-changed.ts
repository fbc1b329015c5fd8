/**
 * A forecast that changed so much that a planned window is now over the ceiling, which it was not when its node was
 * chosen. Drift (load-drift.ts) is load that was observed; this is load that is now expected. Only tasks that have
 * not started are looked at again: what runs is left to what is seen of it.
 */
import { afterCooldown, isUnstarted, names, tasksByNode, type Detect } from '../world.ts';

export const forecastChanged: Detect = (world) => {
  const { policy } = world;
  const findings = tasksByNode(world).flatMap(([node, tasks]) => {
    const facts = world.nodes.get(node);
    if (facts === undefined || facts.drift !== undefined || policy.onDrift === 'Ignore') return [];
    const affected = tasks.filter(
      (t) =>
        isUnstarted(t) &&
        (t.contentionNow ?? 0) > policy.contentionCeiling &&
        t.contentionChosen <= policy.contentionCeiling,
    );
    if (affected.length === 0) return [];
    const finding = {
      cause: 'ForecastChanged',
      node,
      message: `by the newest forecast of node ${node}, ${affected.length === 1 ? 'a task' : `${affected.length} tasks`} planned there would be over the contention ceiling`,
      tasks: names(affected),
      response: policy.onDrift,
      hard: false,
    } as const;
    return [finding];
  });
  return afterCooldown(world, findings);
};
