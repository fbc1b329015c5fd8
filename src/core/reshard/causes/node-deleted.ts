/** A node that is no longer there. Its pods are deleted by Kubernetes' pod garbage collector. */
import { names, tasksByNode, type Detect } from '../world.ts';

export const nodeDeleted: Detect = (world) => ({
  findings: tasksByNode(world)
    .filter(([name]) => !world.nodes.has(name))
    .map(([node, tasks]) => ({
      cause: 'NodeDeleted',
      node,
      message: `node ${node} is gone`,
      tasks: names(tasks),
      response: world.policy.onNodeFailure,
      hard: true,
    })),
});
