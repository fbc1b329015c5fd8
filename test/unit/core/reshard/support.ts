import type { ReshardPolicy } from '../../../../src/core/reshard/world.ts';

/** What a workflow that says nothing of resharding has. */
export const POLICY: ReshardPolicy = {
  onNodeFailure: 'Reroute',
  onDrift: 'Reroute',
  whenNoNodeFits: 'Retry',
  runningTasks: 'Keep',
  unreachableNode: 'WaitUntilFenced',
  cooldownSeconds: 300,
  maxReshardsPerTask: 5,
  contentionCeiling: 0.2,
};
