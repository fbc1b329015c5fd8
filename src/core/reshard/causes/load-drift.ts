/**
 * A node whose observed background load has left the band of its forecast (core/drift says when chance no
 * longer explains it). Tasks planned there are looked at again where the newest forecast puts them over
 * the ceiling; one that runs is only moved when its workflow allows it.
 */
import { afterCooldown, isUnstarted, names, tasksByNode, type Detect } from '../world.ts';

export const loadDrift: Detect = (world) => {
  const { policy } = world;
  const findings = tasksByNode(world).flatMap(([node, tasks]) => {
    const drift = world.nodes.get(node)?.drift;
    if (drift === undefined || policy.onDrift === 'Ignore') return [];
    const movable = tasks.filter(
      (t) => isUnstarted(t) || (t.state === 'Running' && policy.runningTasks === 'Restart'),
    );
    const affected = movable.filter((t) => (t.contentionNow ?? 0) > policy.contentionCeiling);
    if (affected.length === 0) return [];
    const finding = {
      cause: 'LoadDrift',
      node,
      message: `the load of node ${node} has left its forecast: ${drift}`,
      tasks: names(affected),
      response: policy.onDrift,
      hard: false,
    } as const;
    return [finding];
  });
  return afterCooldown(world, findings);
};
