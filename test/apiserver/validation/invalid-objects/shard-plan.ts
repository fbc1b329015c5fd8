/** Plans from Git. */
import { remove, set, shardPlan } from '../valid-base.ts';
import { server, type InvalidObject } from './invalid-object.ts';

export const SHARD_PLANS: readonly InvalidObject[] = [
  server(
    'a plan for no workflow',
    shardPlan(remove('spec.workflowRef')),
    'spec.workflowRef',
    'Required value',
  ),
  server(
    'an assignment without a node',
    shardPlan(remove('spec.assignments[0].node')),
    'spec.assignments[0].node',
    'Required value',
  ),
  server(
    'a task assigned twice',
    shardPlan(set('spec.assignments[1].task', 'a')),
    'spec.assignments[1]',
    'Duplicate value',
  ),
  server(
    'an end before the start',
    shardPlan(set('spec.assignments[0].endTime', '2026-11-24T00:10:00Z')),
    'spec.assignments[0].endTime',
    'must not be before startTime',
  ),
  server(
    'a contention of over 1000',
    shardPlan(set('spec.assignments[0].contentionPermille', 1001)),
    'spec.assignments[0].contentionPermille',
    'less than or equal to 1000',
  ),
  server(
    'a binding that does not exist',
    shardPlan(set('spec.assignments[0].binding', 'Final')),
    'spec.assignments[0].binding',
    'Unsupported value',
  ),
  server(
    '2,001 assignments',
    shardPlan(
      set(
        'spec.assignments',
        Array.from({ length: 2001 }, (_, i) => ({ task: `t${i}`, node: 'n' })),
      ),
    ),
    'spec.assignments',
    'Too many',
  ),
];
