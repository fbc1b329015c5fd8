import { expect } from 'chai';
import type { InForce } from '../../../../src/core/plan/in-force.ts';
import type { NodeSnapshot, TaskSnapshot, WorkflowPlan } from '../../../../src/core/plan/snapshot.ts';
import { bind, isDue } from '../../../../src/core/reshard/bind.ts';
import { decideReshard, detect, tasksToPlace, type Reshard } from '../../../../src/core/reshard/decide.ts';
import { LivePlanner, place } from '../../../../src/core/reshard/look.ts';
import type { ReshardPolicy, TaskFacts } from '../../../../src/core/reshard/world.ts';
import { amounts, GIB, node, NOW, SECOND, snapshot, steady, task, workflow } from '../builders.ts';
import { POLICY } from './support.ts';

const ID = { namespace: 'default', name: 'w' };
/** A cluster in which tasks run as long as they were said to, and an operator that keeps a plan in force there. */
class Simulation {
  now = NOW;
  nodes: NodeSnapshot[];
  readonly tasks: Map<string, TaskSnapshot>;
  readonly inForce = new Map<string, InForce>();
  readonly moves: string[] = [];
  readonly starts = new Map<string, string>();
  /** By task and node: the score with which it was put there. */
  readonly #chosen = new Map<string, number>();
  readonly #movesOf = new Map<string, number>();
  lastDriftReshard: number | undefined;
  #planner = new LivePlanner();
  #policy: ReshardPolicy;

  constructor(nodes: NodeSnapshot[], tasks: TaskSnapshot[], policy: Partial<ReshardPolicy> = {}) {
    this.nodes = nodes;
    this.tasks = new Map(tasks.map((t) => [t.name, t]));
    this.#policy = { ...POLICY, ...policy };
  }

  /** All that it knew is lost, but for what is in force. */
  restart(): void {
    this.#planner = new LivePlanner();
  }

  reconcile(): void {
    const { runningTasks } = this.#policy;
    const tasks = [...this.tasks.values()].map((t) => this.#onNodeInForce(t));
    const view = {
      snapshot: snapshot(this.nodes, [workflow('w', tasks, { runningTasks })], { now: this.now }),
      provisional: [
        [...this.inForce.values()]
          .filter((a) => a.binding === 'Provisional')
          .map((a) => ({ task: a.task, excludedNode: undefined })),
      ],
    };
    const { kept, rolling } = this.#planner.look(view);
    const [own, free] = [kept[0]!, rolling[0]!];
    if (this.inForce.size === 0) this.#putInForce(free);
    const detected = detect({
      now: this.now,
      policy: this.#policy,
      lastDriftReshard: this.lastDriftReshard,
      nodes: new Map(
        this.nodes.map((n) => [
          n.name,
          {
            name: n.name,
            ready: n.schedulable ? 'True' : 'False',
            readySince: 0,
            cordoned: false,
            taints: [],
            drift: undefined,
          },
        ]),
      ),
      tasks: this.#facts(own, free),
    });
    const toPlace = tasksToPlace(detected);
    const placed = toPlace.length === 0 ? undefined : place(view.snapshot, ID, toPlace);
    const decision = decideReshard({ detected, kept: own, rolling: free, placed });
    for (const reshard of decision.reshards) this.#record(reshard);
    const { assignments } = bind(this.inForce, new Map(decision.plan.assignments.map((a) => [a.task, a])), {
      now: this.now,
      notBeforeTime: undefined,
      asWritten: false,
      moved: decision.moved,
      released: (name) => this.#isReleased(name),
      unfinished: (name) => this.tasks.get(name)?.state !== 'Succeeded',
    });
    for (const a of assignments) this.inForce.set(a.task, a);
    this.#dispatch();
  }

  /** To the end of everything, with a look so often. */
  run(everySeconds: number, each: () => void = () => undefined): void {
    for (let i = 0; i < 2000 && [...this.tasks.values()].some((t) => t.state !== 'Succeeded'); i++) {
      each();
      this.reconcile();
      this.elapse(everySeconds);
    }
  }

  elapse(seconds: number): void {
    this.now += seconds * SECOND;
    this.#finish();
  }

  get makespanSeconds(): number {
    return (Math.max(...[...this.tasks.values()].map((t) => t.completionTime ?? Infinity)) - NOW) / SECOND;
  }

  #record({ cause, moves }: Reshard): void {
    this.moves.push(...moves.map((m) => `${cause}: ${m.task} ${m.from} → ${m.to}`));
    const isCounted = cause !== 'LateBinding';
    if (isCounted) this.lastDriftReshard = this.now;
    for (const { task: name, to, toContention } of moves) {
      if (isCounted) this.#movesOf.set(name, (this.#movesOf.get(name) ?? 0) + 1);
      this.#chosen.set(`${name} ${to}`, toContention);
    }
  }

  #putInForce({ assignments }: WorkflowPlan): void {
    for (const { task: name, node: on, startTime, endTime, contention } of assignments) {
      this.#chosen.set(`${name} ${on}`, contention);
      this.inForce.set(name, {
        task: name,
        node: on,
        startTime,
        endTime,
        contention,
        binding: 'Provisional',
      });
    }
  }

  #onNodeInForce(t: TaskSnapshot): TaskSnapshot {
    const a = this.inForce.get(t.name);
    if (t.state !== 'Pending' || a === undefined) return t;
    const startTime = a.binding === 'Bound' ? a.startTime : undefined;
    return { ...t, bound: true, node: a.node, ...(startTime === undefined ? {} : { startTime }) };
  }

  #facts(kept: WorkflowPlan, rolling: WorkflowPlan): TaskFacts[] {
    return [...this.tasks.values()].flatMap((t): TaskFacts[] => {
      const assignment = this.inForce.get(t.name);
      if (assignment === undefined || t.state === 'Succeeded') return [];
      const next = rolling.assignments.find((a) => a.task === t.name);
      const isReleased = assignment.binding === 'Provisional' && this.#isReleased(t.name);
      return [
        {
          name: t.name,
          state: t.state,
          assignment,
          tolerations: [],
          unboundSince: undefined,
          contentionNow: kept.assignments.find((a) => a.task === t.name)?.contention,
          contentionChosen: this.#chosen.get(`${t.name} ${assignment.node}`) ?? 0,
          isOpen: assignment.binding === 'Provisional',
          isReleased,
          isDue: isReleased && isDue(next?.startTime, undefined, this.now),
          soonerOn: t.state === 'Running' && next?.node !== assignment.node ? next?.node : undefined,
          moves: this.#movesOf.get(t.name) ?? 0,
        },
      ];
    });
  }

  #isReleased(name: string): boolean {
    return this.tasks.get(name)?.dependencies.every((d) => this.tasks.get(d)?.state === 'Succeeded') ?? false;
  }

  #dispatch(): void {
    for (const a of this.inForce.values()) {
      const t = this.tasks.get(a.task);
      if (t === undefined || t.state === 'Succeeded') continue;
      const isElsewhere = t.state === 'Running' && t.node !== a.node;
      if (isElsewhere)
        this.tasks.set(t.name, { ...t, state: 'Pending', node: undefined, startTime: undefined });
      if (a.binding !== 'Bound' || (t.state !== 'Pending' && !isElsewhere)) continue;
      this.starts.set(t.name, a.node);
      this.tasks.set(t.name, { ...t, state: 'Running', node: a.node, startTime: this.now, bound: false });
    }
  }

  #finish(): void {
    for (const t of this.tasks.values()) {
      const speed = this.nodes.find((n) => n.name === t.node)?.speed ?? 1;
      const end = (t.startTime ?? 0) + (t.durationSeconds / speed) * SECOND;
      if (t.state === 'Running' && end <= this.now)
        this.tasks.set(t.name, { ...t, state: 'Succeeded', completionTime: end });
    }
  }
}

/** Layers of tasks on nodes that differ a little: there is always another node that is nearly as good. */
function layered(policy: Partial<ReshardPolicy> = {}): Simulation {
  const nodes = [1, 1.05, 0.95, 1.02].map((speed, i) => node(`n${String(i)}`, { speed }));
  const tasks = Array.from({ length: 24 }, (_, i) =>
    task(`t${String(i)}`, {
      demand: amounts({ cpu: 3, memory: GIB }),
      durationSeconds: 200 + ((i * 37) % 120),
      dependencies: i < 8 ? [] : [`t${String(i - 8)}`, `t${String(8 * Math.trunc(i / 8) - 8)}`],
    }),
  );
  return new Simulation(nodes, tasks, policy);
}

/** The load that is expected, a little different at every look. */
function noisy(simulation: Simulation): () => void {
  let look = 0;
  return () => {
    look += 1;
    simulation.nodes = simulation.nodes.map((n, i) => {
      const free = 7 + Math.sin(look * 1.7 + i * 2.3);
      return { ...n, availability: { ...n.availability, cpu: steady([free - 1, free, free + 0.5]) } };
    });
  };
}

describe('the operator over time', () => {
  it('moves nothing while all goes as planned', () => {
    const simulation = layered();
    simulation.run(10);
    expect(simulation.moves).to.be.empty;
  });

  it('does not thrash when it is restarted before every look, and is about as fast', () => {
    const kept = layered();
    kept.run(10, noisy(kept));
    const cold = layered();
    const shake = noisy(cold);
    cold.run(10, () => {
      shake();
      cold.restart();
    });
    expect(cold.moves.length).to.be.at.most(kept.moves.length + 4);
    expect(cold.makespanSeconds / kept.makespanSeconds).to.be.within(0.9, 1.1);
  });

  for (const runningTasks of ['Keep', 'Restart'] as const)
    it(`has the same nodes in force after a restart, but for what is bound at that look (${runningTasks})`, () => {
      /** What is in force before and after the look that follows so many. */
      const look = (after: number, restarts: boolean) => {
        const simulation = layered({ runningTasks });
        const shake = noisy(simulation);
        for (let i = 0; i < after; i++) {
          shake();
          simulation.reconcile();
          simulation.elapse(10);
        }
        const before = new Map(simulation.inForce);
        if (restarts) simulation.restart();
        shake();
        simulation.reconcile();
        return { before, now: simulation.inForce };
      };
      let [stays, bound] = [0, 0];
      for (let after = 1; after < 60; after += 9) {
        const [cold, kept] = [look(after, true), look(after, false)];
        for (const [name, was] of cold.before) {
          const [a, b] = [cold.now.get(name), kept.now.get(name)];
          if (was.binding === 'Provisional' && (a?.binding === 'Bound' || b?.binding === 'Bound')) bound += 1;
          else {
            stays += 1;
            expect([a?.node, a?.binding], `${name} after ${String(after)} looks`).to.deep.equal([
              b?.node,
              b?.binding,
            ]);
          }
        }
      }
      expect(bound).to.be.at.least(2);
      expect(stays).to.be.at.least(100);
    });

  it('lets inputs arrive, however often it looks meanwhile', () => {
    const bytes = 25 * 1e9; // 200 s at a gigabit
    const tasks = [
      task('make', { outputs: [{ name: 'd', bytes }], nodeSelector: { disk: 'large' } }),
      task('use', { inputs: [{ name: 'd', bytes }], dependencies: ['make'], nodeSelector: { gpu: 'yes' } }),
    ];
    const nodes = [node('n1', { labels: { disk: 'large' } }), node('n2', { labels: { gpu: 'yes' } })];
    for (const onDrift of ['Reroute', 'Ignore'] as const) {
      const simulation = new Simulation(nodes, tasks, { onDrift });
      simulation.run(10);
      expect(simulation.makespanSeconds, onDrift).to.be.within(1390, 1430);
    }
  });

  it('moves a task that runs where it would starve, where its workflow lets it', () => {
    const starving = node('n1', {
      availability: { ...node('n1').availability, cpu: steady([0.1, 0.2, 0.3]) },
    });
    const run = (runningTasks: 'Keep' | 'Restart'): string[] => {
      const tasks = [task('a', { durationSeconds: 3600, demand: amounts({ cpu: 4, memory: GIB }) })];
      const simulation = new Simulation([node('n1'), node('n2', { speed: 0.9 })], tasks, { runningTasks });
      simulation.reconcile();
      expect(simulation.starts.get('a')).to.equal('n1');
      simulation.nodes = [starving, simulation.nodes[1]!];
      simulation.now += 600 * SECOND;
      simulation.reconcile();
      return simulation.moves;
    };
    expect(run('Keep')).to.be.empty;
    expect(run('Restart')).to.deep.equal(['Straggler: a n1 → n2']);
  });

  it('moves it when the cooldown is over, though the search that found it is past', () => {
    const starving = node('n1', {
      availability: { ...node('n1').availability, cpu: steady([0.1, 0.2, 0.3]) },
    });
    const tasks = [task('a', { durationSeconds: 3600, demand: amounts({ cpu: 4, memory: GIB }) })];
    const simulation = new Simulation([node('n1'), node('n2', { speed: 0.9 })], tasks, {
      runningTasks: 'Restart',
    });
    simulation.reconcile();
    simulation.nodes = [starving, simulation.nodes[1]!];
    simulation.now += 600 * SECOND;
    simulation.lastDriftReshard = simulation.now - 200 * SECOND;
    simulation.reconcile();
    expect(simulation.moves).to.be.empty;
    // The policy that was found then is in force for a slot of 300 s.
    simulation.now += 110 * SECOND;
    simulation.reconcile();
    expect(simulation.moves).to.deep.equal(['Straggler: a n1 → n2']);
    simulation.now += 60 * SECOND;
    simulation.reconcile();
    expect(simulation.moves).to.have.length(1);
  });
});
