/**
 * A task that is released is decided anew before it is bound: what is known of the cluster now is better than what
 * was known when the plan was made. It goes where the rolling plan has it: whether that pays is for the workflow as a
 * whole to say, and not for the task. A plan that was written by hand, and one whose workflow ignores drift, is bound as
 * it stands.
 */
import { names, tasksByNode, type Detect } from '../world.ts';

export const lateBinding: Detect = (world) => ({
  findings: tasksByNode(world).flatMap(([node, tasks]) => {
    const due = tasks.filter((t) => t.isDue && t.state === 'Pending');
    if (due.length === 0 || world.policy.onDrift !== 'Reroute') return [];
    return [
      {
        cause: 'LateBinding',
        node,
        message: `${due.length === 1 ? `task ${due[0]?.name ?? ''} is` : `${due.length} tasks are`} released, and another node than ${node} is better by now`,
        tasks: names(due),
        response: 'Reroute',
        hard: false,
      } as const,
    ];
  }),
});
