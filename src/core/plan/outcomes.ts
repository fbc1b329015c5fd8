/**
 * What came of contention scores: for every task that runs, the time in which something that it uses was short, by
 * the loads that were seen since; and when its workflow is done, the share of its run.
 *
 * Between two snapshots a node's background is what the earlier one says of the time: the measured load, where the
 * forecast begins with it, and the median elsewhere. On top of it come the requests of Foreshard's tasks while they
 * ran. Where memory is short, those that started first have theirs (node-clocks.ts).
 *
 * Times are milliseconds since the epoch, amounts are in base units.
 */
import { RESOURCES } from '../resources.ts';
import { outlookOf, stepAt, type Forecast, type Outlook } from './outlook.ts';
import type { NodeSnapshot, Snapshot, TaskSnapshot, TaskState, WorkflowSnapshot } from './snapshot.ts';

const MEMORY = RESOURCES.indexOf('memory');
const ROUNDING = 1e-9;
const ENDED: ReadonlySet<TaskState> = new Set(['Succeeded', 'Failed', 'Omitted']);

/** What the plan in force said of the tasks of a workflow that have begun since, by name. */
export type ScoresOf = (
  workflow: WorkflowSnapshot,
  begun: ReadonlyMap<string, TaskSnapshot>,
) => ReadonlyMap<string, number>;

export interface Outcome {
  readonly score: number;
  readonly realised: number;
}

interface Run {
  readonly node: string;
  readonly start: number;
  /** undefined: nothing was said of it. */
  readonly score: number | undefined;
  contended: number;
  /** Is the load of all that it uses known? */
  isKnown: boolean;
}

/** A task's stay on its node between two snapshots. */
interface Stay {
  readonly run: Run;
  readonly demand: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** A workflow's tasks that run, by name, and those that are done. */
interface WorkflowRuns {
  running: ReadonlyMap<string, Run>;
  readonly done: Done[];
}

interface Done {
  readonly run: Run;
  readonly end: number;
}

export class Outcomes {
  #last: Snapshot | undefined;
  #workflows = new Map<string, WorkflowRuns>();

  /**
   * The tasks of workflows that ended since the last snapshot, in their order. Not one by one: those that end first
   * are those that met the least.
   */
  observe(snapshot: Snapshot, scoresOf: ScoresOf): Outcome[] {
    const last = this.#last;
    this.#last = snapshot;
    const before = this.#workflows;
    this.#workflows = new Map();
    const stays = new Map<string, Stay[]>();
    const ended: WorkflowRuns[] = [];
    for (const workflow of snapshot.workflows) {
      const key = JSON.stringify([workflow.namespace, workflow.name]);
      const runs: WorkflowRuns = before.get(key) ?? { running: new Map<string, Run>(), done: [] };
      before.delete(key);
      const since = last?.now ?? snapshot.now;
      const seen = seenOf(workflow, since, runs.running, scoresOf);
      runs.running = new Map(seen.filter((s) => s.end === undefined).map((s) => [s.task.name, s.run]));
      if (workflow.tasks.every(({ state }) => ENDED.has(state))) ended.push(runs);
      else this.#workflows.set(key, runs);
      for (const { task, run, end } of seen) {
        const stay = {
          run,
          demand: RESOURCES.map((r) => task.demand[r]),
          from: Math.max(since, run.start),
          to: end ?? snapshot.now,
        };
        const own = stays.get(run.node);
        if (own === undefined) stays.set(run.node, [stay]);
        else own.push(stay);
        if (end !== undefined && task.state === 'Succeeded') runs.done.push({ run, end });
      }
    }
    if (last !== undefined) for (const node of last.nodes) account(node, stays.get(node.name));
    // Those left over are gone.
    ended.push(...before.values());
    return ended
      .flatMap(({ done }) => done)
      .flatMap(({ run: { score, start, contended, isKnown }, end }) =>
        score === undefined || !isKnown || end <= start
          ? []
          : [{ score, realised: Math.min(1, contended / (end - start)) }],
      );
  }
}

/** Tasks that ran at some time since. */
function seenOf(
  workflow: WorkflowSnapshot,
  since: number,
  known: ReadonlyMap<string, Run>,
  scoresOf: ScoresOf,
): { task: TaskSnapshot; run: Run; end: number | undefined }[] {
  const ran = workflow.tasks.filter((task) => hasRun(task, since));
  const begun = ran.filter((task) => !isSame(known.get(task.name), task));
  const scores =
    begun.length === 0
      ? new Map<string, number>()
      : scoresOf(workflow, new Map(begun.map((task) => [task.name, task])));
  return ran.map((task) => {
    const before = known.get(task.name);
    const run =
      before !== undefined && isSame(before, task) ? before : beginning(task, since, scores.get(task.name));
    return { task, run, end: task.state === 'Running' ? undefined : task.completionTime };
  });
}

function hasRun({ state, node, startTime, completionTime }: TaskSnapshot, since: number): boolean {
  if (node === undefined || startTime === undefined) return false;
  if (state === 'Running') return true;
  return (
    (state === 'Succeeded' || state === 'Failed') && completionTime !== undefined && completionTime > since
  );
}

function isSame(run: Run | undefined, { node, startTime }: TaskSnapshot): boolean {
  return run !== undefined && run.node === node && run.start === startTime;
}

/** Of one that began before anybody looked, nothing is known. */
function beginning(
  { node = '', startTime = 0 }: TaskSnapshot,
  since: number,
  score: number | undefined,
): Run {
  return {
    node,
    start: startTime,
    score: startTime < since ? undefined : score,
    contended: 0,
    isKnown: true,
  };
}

/** Adds the time in which each was short. */
function account(node: NodeSnapshot, stays: readonly Stay[] = []): void {
  if (stays.length === 0) return;
  const outlook = outlookOf(node);
  for (const { run, demand } of stays) {
    if (demand.some((amount, r) => amount > 0 && outlook[r] === undefined)) run.isKnown = false;
  }
  // On most nodes there is enough for all of them at once.
  if (holdsAll(outlook, stays)) return;
  const times = [...new Set(stays.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const inOrder = stays.toSorted((a, b) => a.run.start - b.run.start);
  times.slice(1).forEach((to, t) => {
    const from = times[t] ?? to;
    const there = inOrder.filter((stay) => stay.from <= from && stay.to >= to);
    const free = outlook.map((forecast) => availableAt(forecast, (from + to) / 2));
    const taken = totalOf(there);
    if (taken.every((amount, r) => amount <= (free[r] ?? 0))) return;
    let memory = 0;
    for (const { run, demand } of there) {
      memory += demand[MEMORY] ?? 0;
      const isShort = demand.some((amount, r) => {
        const asked = r === MEMORY ? memory : (taken[r] ?? 0);
        return amount > 0 && asked > (free[r] ?? 0) + ROUNDING * Math.max(1, asked);
      });
      if (isShort) run.contended += to - from;
    }
  });
}

/** By resource. */
function totalOf(stays: readonly Stay[]): number[] {
  const total = RESOURCES.map(() => 0);
  for (const { demand } of stays) demand.forEach((amount, r) => (total[r] = (total[r] ?? 0) + amount));
  return total;
}

/** Is there enough, at any time, for all that were there at some time? */
function holdsAll(outlook: Outlook, stays: readonly Stay[]): boolean {
  const from = stays.reduce((first, stay) => Math.min(first, stay.from), Infinity);
  const to = stays.reduce((last, stay) => Math.max(last, stay.to), -Infinity);
  return totalOf(stays).every((amount, r) => {
    const forecast = outlook[r];
    if (forecast === undefined) return true;
    for (let step = stepAt(forecast, from); step <= stepAt(forecast, to); step++) {
      if (amount > medianOf(forecast, step)) return false;
    }
    return true;
  });
}

/** The median; Infinity where nothing is known. */
function availableAt(forecast: Outlook[number], time: number): number {
  return forecast === undefined ? Infinity : medianOf(forecast, stepAt(forecast, time));
}

function medianOf(forecast: Forecast, step: number): number {
  return forecast.values[step * forecast.levels.length + middle(forecast)] ?? Infinity;
}

function middle({ levels }: Forecast): number {
  const at = levels.findIndex((level) => level >= 0.5);
  return at < 0 ? levels.length - 1 : at;
}
