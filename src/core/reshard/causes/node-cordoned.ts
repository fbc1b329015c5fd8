/** A node that was cordoned: what runs there may end there, the rest goes elsewhere. */
import { isUnstarted, names, tasksByNode, type Detect } from '../world.ts';

export const nodeCordoned: Detect = (world) => ({
  findings: tasksByNode(world).flatMap(([node, tasks]) => {
    const facts = world.nodes.get(node);
    const affected = tasks.filter(isUnstarted);
    if (facts?.cordoned !== true || facts.ready !== 'True' || affected.length === 0) return [];
    return [
      {
        cause: 'NodeCordoned',
        node,
        message: `node ${node} is cordoned`,
        tasks: names(affected),
        response: world.policy.onNodeFailure,
        hard: true,
      } as const,
    ];
  }),
});
