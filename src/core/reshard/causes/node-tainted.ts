/**
 * A node with a taint that a task does not tolerate. What runs there is left to the taint: NoSchedule lets
 * it run, NoExecute evicts it, and the evicted task is then one that has not started.
 */
import { formatTaint, untolerated } from '../../placement/taints.ts';
import { isUnstarted, tasksByNode, type Detect, type Finding } from '../world.ts';

/** Put on by Kubernetes for what other causes look at: readiness and cordons. */
const OTHER_CAUSES = new Set([
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
  'node.kubernetes.io/unschedulable',
]);

export const nodeTainted: Detect = (world) => ({
  findings: tasksByNode(world).flatMap(([node, tasks]) => {
    const taints = (world.nodes.get(node)?.taints ?? []).filter((t) => !OTHER_CAUSES.has(t.key));
    if (taints.length === 0) return [];
    const affected = tasks.filter(isUnstarted).flatMap((task) => {
      const taint = untolerated(taints, task.tolerations);
      return taint === undefined ? [] : [{ task: task.name, taint }];
    });
    const first = affected[0];
    if (first === undefined) return [];
    const finding: Finding = {
      cause: 'NodeTainted',
      node,
      message: `node ${node} has the taint ${formatTaint(first.taint)}, which ${affected.length === 1 ? `task ${first.task} does` : `${affected.length} tasks do`} not tolerate`,
      tasks: affected.map((a) => a.task),
      response: world.policy.onNodeFailure,
      hard: true,
    };
    return [finding];
  }),
});
