/** Tasks and what they wait for. */
import { chain, remove, set, workflow } from '../valid-base.ts';
import { rules, server, type InvalidObject } from './invalid-object.ts';

export const GRAPH: readonly InvalidObject[] = [
  server('a workflow without tasks', workflow(set('spec.tasks', [])), 'spec.tasks', 'at least 1 items'),
  server('3,000 tasks', workflow(chain(3000)), 'spec.tasks', 'split it into several'),
  server('5,000 tasks', workflow(chain(5000)), 'spec.tasks', 'Too many: 5000'),
  server(
    'two tasks of one name',
    workflow(set('spec.tasks[1].name', 'a')),
    'spec.tasks[1]',
    'Duplicate value',
  ),
  server(
    'a dependency listed twice',
    workflow(set('spec.tasks[1].dependencies', ['a', 'a'])),
    'spec.tasks[1].dependencies[1]',
    'Duplicate value',
  ),
  rules(
    'a dependency on a task that does not exist',
    workflow(set('spec.tasks[2].dependencies', ['bb'])),
    'spec.tasks[2].dependencies[0]',
    'there is no task "bb" (did you mean "b"?)',
  ),
  rules(
    'a task that depends on itself',
    workflow(set('spec.tasks[1].dependencies', ['a', 'b'])),
    'spec.tasks[1].dependencies[1]',
    'depends on itself',
  ),
  rules(
    'three tasks that wait for each other',
    workflow(set('spec.tasks[0].dependencies', ['c']), remove('spec.tasks[1].inputs')),
    'spec.tasks[0].dependencies[0]',
    'a → c → b → a',
  ),
];
