/**
 * What the planner remembers of its last plan, and what follows from it for the next: the policy in force, how far
 * running tasks have come (a rollout of the last plan up to now knows more than their start), and which tasks are
 * on their way to a node already.
 */
import type { NamedSchedule, Script } from '../ahead/index.ts';
import { COMING, DONE, NO_NODE, RUNNING } from '../board.ts';
import { transferSeconds } from '../columns.ts';
import type { Course } from '../course.ts';
import type { Explanations } from '../explanations.ts';
import type { Windows } from '../incremental/windows.ts';
import type { Policy } from '../policy.ts';
import type { Problem } from '../problem.ts';
import { scoreOf } from '../publish.ts';
import type { Promises } from './promises.ts';
import type { Move, Rollout } from '../rollout.ts';
import type { Snapshot, TaskSnapshot, WorkflowSnapshot } from '../snapshot.ts';

export interface Memory {
  readonly problem: Problem;
  readonly course: Course;
  readonly rollout: Rollout;
  readonly policy: Policy;
  readonly moves: readonly Move[];
  /** A plan ahead that is followed instead of the policy. */
  readonly script: Script | undefined;
  readonly schedule: NamedSchedule | undefined;
  /** Milliseconds: until then the policy is in force. */
  readonly policyUntil: number;
  /** Milliseconds: that from which times count. */
  readonly origin: number;
  readonly windows: Windows;
  readonly explanations: Explanations;
  /** A plan ahead is followed. */
  readonly isAhead: boolean;
  /** The windows are not those of the rollout. */
  readonly isMended: boolean;
  /** Names of nodes that have come, and without which it was better (arrivals.ts). */
  readonly leftOut: ReadonlySet<string>;
  /** When tasks that are held back were to start. */
  readonly promises: Promises;
}

/** What is known of a task beside what is reported. */
interface Known {
  readonly node: string;
  /** Milliseconds. */
  readonly start: number;
  readonly remainingSeconds: number | undefined;
  /** It had, or has, to wait there for its inputs. */
  readonly isSent: boolean;
}

/** The snapshot with what the last plan knows of its tasks. */
export function continued(snapshot: Snapshot, last: Memory): Snapshot {
  const known = knownTasks(snapshot.now, last);
  const usable = new Set(snapshot.nodes.filter((n) => n.schedulable).map((n) => n.name));
  const workflowOf = (workflow: WorkflowSnapshot): WorkflowSnapshot => {
    const tasks = known.get(`${workflow.namespace}/${workflow.name}`);
    if (tasks === undefined) return workflow;
    const done = new Set(workflow.tasks.filter((t) => t.state === 'Succeeded').map((t) => t.name));
    const taskOf = (task: TaskSnapshot): TaskSnapshot => {
      const of = tasks.get(task.name);
      if (of === undefined) return task;
      if (task.state === 'Running') return running(task, of);
      const maySend = usable.has(of.node) && task.dependencies.every((d) => done.has(d));
      return maySend ? sent(task, of) : task;
    };
    return { ...workflow, tasks: workflow.tasks.map(taskOf) };
  };
  return { ...snapshot, workflows: snapshot.workflows.map(workflowOf) };
}

function running(task: TaskSnapshot, { node, remainingSeconds }: Known): TaskSnapshot {
  return remainingSeconds !== undefined && node === task.node ? { ...task, remainingSeconds } : task;
}

/** Its inputs are on their way there, or have arrived and it is about to start: elsewhere it would wait for them anew. */
function sent(task: TaskSnapshot, { node, start, isSent }: Known): TaskSnapshot {
  const isFree = !task.bound || task.node === node;
  if (task.state !== 'Pending' || !isSent || !isFree || task.excludedNodes.includes(node)) return task;
  return { ...task, state: 'Starting', node, startTime: start };
}

/** By workflow and name: tasks that were given a node by `now`, as the last plan has them. */
function knownTasks(now: number, last: Memory): Map<string, Map<string, Known>> {
  const { problem, course, rollout, policy, moves, script } = last;
  if (last.isMended) return new Map(); // what is left of tasks follows from their starts
  rollout.run(policy, { moves, script, until: Math.max(0, now - problem.now) / 1000 });
  const { board } = rollout;
  const known = new Map<string, Map<string, Known>>();
  course.columns.tasks.forEach((task, i) => {
    const state = board.state[i] ?? DONE;
    const node = problem.nodes[board.node[i] ?? NO_NODE];
    if ((state !== COMING && state !== RUNNING) || node === undefined) return;
    const { namespace, name } = task.workflow.snapshot;
    const key = `${namespace}/${name}`;
    const tasks = known.get(key) ?? new Map<string, Known>();
    known.set(key, tasks);
    const start = state === COMING ? board.arrival[i] : board.start[i];
    tasks.set(task.snapshot.name, {
      node: node.name,
      start: problem.now + (start ?? 0) * 1000,
      // What is reserved beyond its duration is counted from its start.
      remainingSeconds: state === RUNNING && !course.standing.overtime.has(i) ? board.left[i] : undefined,
      isSent: transferSeconds(course.columns, board.node, i, board.node[i] ?? NO_NODE) > 0,
    });
  });
  return known;
}

/** Is there a workflow that the last plan did not know? */
export function hasNewWorkflow(last: Memory, snapshot: Snapshot): boolean {
  const key = ({ namespace, name }: WorkflowSnapshot): string => `${namespace}/${name}`;
  const known = new Set(last.problem.workflows.map((w) => key(w.snapshot)));
  return snapshot.workflows.some((w) => !known.has(key(w)));
}

/** What the last plan said of tasks that have begun since, on the nodes where they did. */
export function scoresIn(
  last: Memory | undefined,
  { namespace, name }: WorkflowSnapshot,
  begun: ReadonlyMap<string, TaskSnapshot>,
): Map<string, number> {
  const scores = new Map<string, number>();
  if (last === undefined) return scores;
  const { problem, windows } = last;
  const workflow = problem.workflows.find(
    (w) => w.snapshot.name === name && w.snapshot.namespace === namespace,
  );
  if (workflow === undefined) return scores;
  const { dag, first } = workflow;
  for (const task of begun.values()) {
    const index = dag.positions.get(task.name);
    if (index === undefined) continue;
    const node = problem.nodes[windows.node[first + index] ?? NO_NODE]?.name;
    if (node !== undefined && task.node === node) scores.set(task.name, scoreOf(windows, first + index));
  }
  return scores;
}
