/** The planner in a simulation: what it is shown at each event, and what of its answer is carried out. */
import { mkdirSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HistoryForecaster, type Forecaster } from '../../src/cli/plan/forecasts.ts';
import { wholeStart } from '../../src/api/times.ts';
import { RollingPlanner } from '../../src/core/plan/index.ts';
import type {
  Availability,
  NodeSnapshot,
  Sharing,
  Snapshot,
  WorkflowPlan,
  WorkflowSnapshot,
} from '../../src/core/plan/snapshot.ts';
import { RESOURCES, resourceVector, ZERO, type ResourceVector } from '../../src/core/resources.ts';
import { backgroundAt, GIB, type Case } from './case.ts';
import { simulate, type Answer, type Decisions, type Observed, type Result } from './simulator.ts';

/** Base units in one unit of a case. */
const UNIT = [1, GIB, 1, 1e9];
const T0 = Date.parse('2026-03-02T00:00:00Z');
const HORIZON = 144;

export type ForecastKind = 'history' | 'perfect' | 'last';

export interface LoopOptions {
  readonly sharing: Sharing;
  readonly forecast: ForecastKind;
  /** Forecasts are kept there from one run to the next: they do not depend on decisions. */
  readonly cache?: string;
  readonly slack?: number;
  readonly runningTasks?: 'Keep' | 'Restart';
  readonly planner?: CasePlanner;
  /** How much of the first plan stays in force: its nodes and starts, its nodes, or nothing. */
  readonly keep?: 'plan' | 'nodes';
  /** Days of simulated time after which a loop is given up. */
  readonly longestDays?: number;
  /** Sees every answer. */
  readonly onPlan?: (snapshot: Snapshot, plans: readonly WorkflowPlan[]) => void;
}

export interface CasePlanner {
  plan(snapshot: Snapshot): WorkflowPlan[];
  /** Milliseconds: when it is to be asked again, if nothing happens before. */
  readonly lookAgainAt?: number;
}

export interface LoopResult extends Result {
  readonly planCpuMilliseconds: number;
  readonly longestPlanMilliseconds: number;
}

export function runLoop(of: Case, options: LoopOptions): LoopResult {
  const planner: CasePlanner = options.planner ?? new RollingPlanner();
  const world = new CaseWorld(of, options);
  let cpu = 0;
  let longest = 0;
  let first: readonly WorkflowPlan[] | undefined;
  const plan = (observed: Observed): Answer => {
    if (first !== undefined && options.keep === 'plan')
      return { decisions: world.decisions(first, T0 + observed.now * 1000) };
    const seen = world.snapshot(observed);
    const snapshot = first === undefined || options.keep === undefined ? seen : bound(seen, first);
    const before = process.cpuUsage();
    const plans = planner.plan(snapshot);
    const { user, system } = process.cpuUsage(before);
    cpu += (user + system) / 1000;
    longest = Math.max(longest, (user + system) / 1000);
    first ??= plans;
    options.onPlan?.(snapshot, plans);
    const decisions = world.decisions(plans, snapshot.now);
    const { lookAgainAt } = planner;
    return lookAgainAt === undefined ? { decisions } : { decisions, lookAgainAt: (lookAgainAt - T0) / 1000 };
  };
  const result = simulate(of, options.sharing, plan, options.longestDays);
  return { ...result, planCpuMilliseconds: cpu, longestPlanMilliseconds: longest };
}

/** With every task that has not started bound to the node that it was given first. */
function bound(snapshot: Snapshot, first: readonly WorkflowPlan[]): Snapshot {
  const nodes = new Map(first.flatMap((p) => p.assignments.map((a) => [a.task, a.node])));
  return {
    ...snapshot,
    workflows: snapshot.workflows.map((w) => ({
      ...w,
      tasks: w.tasks.map((t) => {
        const node = nodes.get(t.name);
        return t.state !== 'Pending' || node === undefined ? t : { ...t, bound: true, node };
      }),
    })),
  };
}

class CaseWorld {
  readonly #case: Case;
  readonly #options: LoopOptions;
  readonly #capacities: readonly ResourceVector[];
  readonly #workflows: readonly WorkflowSnapshot[];
  readonly #taskIndex: ReadonlyMap<string, number>;
  readonly #nodeIndex: ReadonlyMap<string, number>;
  #forecaster: Forecaster | undefined;
  #observedSlot = -1;
  #slot = -1;
  #nodes: readonly NodeSnapshot[] = [];

  constructor(of: Case, options: LoopOptions) {
    this.#case = of;
    this.#options = options;
    this.#capacities = of.nodes.map(({ capacity }) => amounts(capacity));
    this.#taskIndex = new Map(of.tasks.map((t, i) => [t.name, i]));
    this.#nodeIndex = new Map(of.nodes.map((n, j) => [n.name, j]));
    this.#workflows = Array.from({ length: of.workflows }, (_, w) => this.#workflow(w));
  }

  #workflow(index: number): WorkflowSnapshot {
    const own = this.#case.tasks.flatMap((task, i) => (task.workflow === index ? [{ task, i }] : []));
    const outputs = new Map<number, { name: string; bytes: number }[]>();
    for (const { task, i } of own) {
      task.parents.forEach((parent, k) => {
        const list = outputs.get(parent) ?? [];
        outputs.set(parent, list);
        list.push({ name: `d-${parent}-${i}`, bytes: Math.trunc(task.parentBytes[k] ?? 0) });
      });
    }
    return {
      namespace: 'bench',
      name: `w${index}`,
      priority: 0,
      creationTime: T0,
      notBeforeTime: T0 + (own[0]?.task.release ?? 0) * 1000,
      contentionCeiling: 0.2,
      slack: this.#options.slack ?? 0.1,
      runningTasks: this.#options.runningTasks ?? 'Restart',
      tasks: own.map(({ task, i }) => ({
        name: task.name,
        demand: amounts(task.demand),
        durationSeconds: Math.max(1, Math.round(task.work)),
        dependencies: task.parents.map((parent) => this.#case.tasks[parent]?.name ?? ''),
        nodeSelector: {},
        tolerations: [],
        inputs: [
          ...task.parents.map((parent) => ({ name: `d-${parent}-${i}`, bytes: 0 })),
          { name: `x-${i}`, bytes: Math.trunc(task.externalBytes) },
        ],
        outputs: outputs.get(i) ?? [],
        state: 'Pending',
        bound: false,
        excludedNodes: [],
      })),
    };
  }

  snapshot({ now, tasks }: Observed): Snapshot {
    return {
      now: T0 + now * 1000,
      sharing: this.#options.sharing,
      nodes: this.#nodesAt(now),
      workflows: this.#workflows.map((workflow) => ({
        ...workflow,
        tasks: workflow.tasks.map((task) => {
          const seen = tasks[this.#taskIndex.get(task.name) ?? -1];
          if (seen === undefined || seen.state === 'Pending') return task;
          return {
            ...task,
            state: seen.state,
            node: this.#case.nodes[seen.node]?.name ?? '',
            startTime: T0 + seen.start * 1000,
            ...(seen.state === 'Succeeded' ? { completionTime: T0 + seen.end * 1000 } : {}),
          };
        }),
      })),
    };
  }

  /** Starts are told in whole seconds, as the API has them. */
  decisions(plans: readonly WorkflowPlan[], now: number): Decisions {
    const decisions = new Map<number, { node: number; start: number }>();
    for (const { assignments } of plans) {
      for (const { task, node, startTime } of assignments) {
        const start = (wholeStart(startTime, now) - T0) / 1000;
        decisions.set(this.#taskIndex.get(task) ?? -1, { node: this.#nodeIndex.get(node) ?? -1, start });
      }
    }
    return decisions;
  }

  #nodesAt(now: number): readonly NodeSnapshot[] {
    const slot = Math.floor(now / this.#case.slotSeconds + 1e-9);
    if (slot === this.#slot) return this.#nodes;
    this.#slot = slot;
    const availability = this.#availabilityAt(slot);
    this.#nodes = this.#case.nodes.map((node, j) => {
      const capacity = this.#capacities[j] ?? ZERO;
      return {
        name: node.name,
        labels: {},
        taints: [],
        schedulable: true,
        capacity,
        requested: ZERO,
        podSlots: 1000,
        speed: node.speed,
        bandwidth: node.bandwidth * 8,
        availability: availability[j] ?? {},
        forecastStale: false,
      };
    });
    return this.#nodes;
  }

  #availabilityAt(slot: number): NodeSnapshot['availability'][] {
    if (this.#options.forecast !== 'history') {
      return this.#case.nodes.map((_, j) => this.#known(j, slot, this.#options.forecast === 'perfect'));
    }
    const { cache } = this.#options;
    const file = cache === undefined ? undefined : join(cache, this.#case.name, `${slot}.bin`);
    if (file !== undefined && existsSync(file)) return this.#restore(readFileSync(file));
    this.#observe(slot);
    const time = T0 + slot * this.#case.slotSeconds * 1000;
    const made = this.#case.nodes.map(
      (node, j) => this.#forecaster?.availability(node.name, this.#capacities[j] ?? ZERO, time) ?? {},
    );
    if (file !== undefined) this.#save(file, made);
    return made;
  }

  #observe(slot: number): void {
    this.#forecaster ??= new HistoryForecaster([]);
    const from = this.#observedSlot < 0 ? -this.#case.startSlot : this.#observedSlot + 1;
    for (let s = from; s <= slot; s++) {
      this.#case.nodes.forEach((node, j) => {
        const load = amounts(backgroundAt(this.#case, j, s));
        const measured = resourceVector((r) => (this.#capacities[j]?.[r] ? load[r] : NaN));
        this.#forecaster?.observe(node.name, T0 + s * this.#case.slotSeconds * 1000, measured);
      });
    }
    this.#observedSlot = slot;
  }

  /** Degenerate quantiles: the truth, or the present for ever. */
  #known(node: number, slot: number, isPerfect: boolean): NodeSnapshot['availability'] {
    const steps = isPerfect ? HORIZON + 1 : 1;
    return Object.fromEntries(
      RESOURCES.map((resource, r) => {
        const values = Float64Array.from({ length: steps }, (_, k) => {
          const load = backgroundAt(this.#case, node, slot + k)[r] ?? 0;
          return Math.max(0, (this.#case.nodes[node]?.capacity[r] ?? 0) - load) * (UNIT[r] ?? 1);
        });
        const startTime = T0 + slot * this.#case.slotSeconds * 1000;
        return [resource, { startTime, stepSeconds: this.#case.slotSeconds, steps, levels: [0.5], values }];
      }),
    );
  }

  /** JSON of the shapes in one line, then the values as 32-bit floats. */
  #save(file: string, made: readonly NodeSnapshot['availability'][]): void {
    mkdirSync(join(file, '..'), { recursive: true });
    const rows: Omit<Availability & { node: number; resource: string }, 'values'>[] = [];
    const values: Buffer[] = [];
    made.forEach((availability, node) => {
      for (const [resource, { values: own, ...shape }] of Object.entries(availability)) {
        rows.push({ node, resource, ...shape });
        values.push(Buffer.from(Float32Array.from(own).buffer));
      }
    });
    writeFileSync(file, Buffer.concat([Buffer.from(`${JSON.stringify(rows)}\n`), ...values]));
  }

  #restore(bytes: Buffer): NodeSnapshot['availability'][] {
    const end = bytes.indexOf(10);
    const rows = JSON.parse(bytes.toString('utf8', 0, end)) as {
      node: number;
      resource: keyof ResourceVector;
      startTime: number;
      stepSeconds: number;
      steps: number;
      levels: number[];
    }[];
    const made: Partial<Record<keyof ResourceVector, Availability>>[] = this.#case.nodes.map(() => ({}));
    let at = end + 1;
    for (const { node, resource, ...shape } of rows) {
      const count = shape.steps * shape.levels.length;
      const values = new Float64Array(count);
      for (let i = 0; i < count; i++) values[i] = bytes.readFloatLE(at + i * 4);
      at += count * 4;
      const of = made[node];
      if (of !== undefined) of[resource] = { ...shape, values };
    }
    return made;
  }
}

function amounts(row: readonly number[]): ResourceVector {
  const [cpu = 0, memory = 0, gpu = 0, network = 0] = row.map((value, r) => value * (UNIT[r] ?? 1));
  return { cpu, memory, gpu, network };
}
