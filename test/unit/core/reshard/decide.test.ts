import { expect } from 'chai';
import type {
  NodeSnapshot,
  Snapshot,
  TaskSnapshot,
  WorkflowPlan,
} from '../../../../src/core/plan/snapshot.ts';
import { bind } from '../../../../src/core/reshard/bind.ts';
import {
  decideReshard,
  detect,
  tasksToPlace,
  type Detected,
  type ReshardDecision,
} from '../../../../src/core/reshard/decide.ts';
import { LivePlanner, place } from '../../../../src/core/reshard/look.ts';
import type { NodeFacts, ReshardPolicy, TaskFacts } from '../../../../src/core/reshard/world.ts';
import { ZERO } from '../../../../src/core/resources.ts';
import { POLICY } from './support.ts';

const NOW = Date.parse('2026-03-02T10:00:00Z');
const ID = { namespace: 'ns', name: 'w' };
const DEMAND = { cpu: 2, memory: 1e9, gpu: 0, network: 0 };

/** Free CPU of a node, for certain and for a day. */
function node(name: string, freeCpu = 8): NodeSnapshot {
  const flat = (free: number) => ({
    startTime: NOW,
    stepSeconds: 86_400,
    steps: 1,
    levels: [0.1, 0.5, 0.9],
    values: new Float64Array([free, free, free]),
  });
  return {
    name,
    labels: {},
    taints: [],
    schedulable: true,
    capacity: { cpu: 8, memory: 32e9, gpu: 0, network: 1e9 },
    requested: ZERO,
    podSlots: 100,
    speed: 1,
    bandwidth: 1e9,
    availability: { cpu: flat(freeCpu), memory: flat(32e9), network: flat(1e9) },
    forecastStale: false,
  };
}

const task = (name: string, on: string, over: Partial<TaskSnapshot> = {}): TaskSnapshot => ({
  name,
  demand: DEMAND,
  durationSeconds: 600,
  dependencies: [],
  nodeSelector: {},
  tolerations: [],
  inputs: [],
  outputs: [],
  state: 'Pending',
  node: on,
  startTime: NOW,
  bound: true,
  excludedNodes: [],
  ...over,
});

interface Case {
  nodes?: NodeSnapshot[];
  facts?: Record<string, Partial<NodeFacts> | undefined>;
  tasks?: TaskSnapshot[];
  taskFacts?: Partial<TaskFacts>;
  policy?: Partial<ReshardPolicy>;
  lastDriftReshard?: number;
}

interface Seen {
  readonly detected: Detected;
  readonly kept: WorkflowPlan;
  readonly rolling: WorkflowPlan;
  readonly snapshot: Snapshot;
}

function see(c: Case): Seen {
  const nodes = c.nodes ?? [node('n1'), node('n2')];
  const tasks = c.tasks ?? [task('a', 'n1')];
  const snapshot: Snapshot = {
    now: NOW,
    sharing: 'Proportional',
    nodes,
    workflows: [
      {
        ...ID,
        tasks,
        priority: 0,
        creationTime: 0,
        contentionCeiling: 0.2,
        slack: 0.1,
        runningTasks: 'Keep',
      },
    ],
  };
  const isOpen = c.taskFacts?.isOpen ?? c.taskFacts?.isDue ?? false;
  const open = isOpen ? tasks.map((t) => ({ task: t.name, excludedNode: undefined })) : [];
  const looked = new LivePlanner().look({ snapshot, provisional: [open] });
  const [kept, rolling] = [looked.kept[0]!, looked.rolling[0]!];
  const scores = new Map(kept.assignments.map((a) => [a.task, a.contention]));
  const facts = new Map<string, NodeFacts>();
  for (const { name } of nodes) {
    if (c.facts !== undefined && name in c.facts && c.facts[name] === undefined) continue;
    facts.set(name, {
      name,
      ready: 'True',
      readySince: NOW - 60_000,
      cordoned: false,
      taints: [],
      drift: undefined,
      ...c.facts?.[name],
    });
  }
  const world = {
    now: NOW,
    nodes: facts,
    tasks: tasks.map((t): TaskFacts => ({
      name: t.name,
      state: t.state,
      tolerations: [],
      unboundSince: undefined,
      moves: 0,
      contentionNow: scores.get(t.name),
      contentionChosen: 0,
      isOpen,
      isReleased: c.taskFacts?.isDue ?? false,
      isDue: false,
      soonerOn: undefined,
      assignment: {
        task: t.name,
        node: t.node ?? '',
        startTime: NOW,
        endTime: NOW + 600_000,
        contention: 0,
        binding: 'Bound',
      },
      ...c.taskFacts,
    })),
    policy: { ...POLICY, ...c.policy },
    lastDriftReshard: c.lastDriftReshard,
  };
  return { detected: detect(world), kept, rolling, snapshot };
}

function reshard(c: Case): ReshardDecision {
  const { snapshot, ...seen } = see(c);
  const leaving = tasksToPlace(seen.detected);
  return decideReshard({ ...seen, placed: leaving.length === 0 ? undefined : place(snapshot, ID, leaving) });
}

const toPlace = (c: Case): string[] => tasksToPlace(see(c).detected).map((t) => t.task);
const moves = (d: ReshardDecision): string[] =>
  d.reshards.flatMap((r) => r.moves.map((m) => `${r.cause}: ${m.task} ${m.from} → ${m.to}`));
const lost = { n1: { ready: 'Unknown' as const } };

describe('what makes a plan change', () => {
  it('nothing, while the cluster is as planned', () => {
    expect(moves(reshard({}))).to.be.empty;
  });

  it('a node that is unreachable: what has not started moves', () => {
    expect(moves(reshard({ facts: lost }))).to.deep.equal(['NodeNotReady: a n1 → n2']);
  });

  it('not a node that has only just become unready: it is looked at again', () => {
    const d = reshard({ facts: { n1: { ready: 'False', readySince: NOW - 1000 } } });
    expect(moves(d)).to.be.empty;
    expect(d.lookAgainAt).to.equal(NOW + 4000);
  });

  it('a running task on an unreachable node stays, unless two runs do no harm', () => {
    const tasks = [task('a', 'n1', { state: 'Running' })];
    expect(moves(reshard({ tasks, facts: lost }))).to.be.empty;
    expect(
      moves(reshard({ tasks, facts: lost, policy: { unreachableNode: 'StartElsewhere' } })),
    ).to.deep.equal(['NodeNotReady: a n1 → n2']);
  });

  it('a node that is gone, cordoned or tainted', () => {
    expect(moves(reshard({ facts: { n1: undefined } }))).to.deep.equal(['NodeDeleted: a n1 → n2']);
    expect(moves(reshard({ facts: { n1: { cordoned: true } } }))).to.deep.equal(['NodeCordoned: a n1 → n2']);
    const taints = [{ key: 'dedicated', value: 'x', effect: 'NoSchedule' as const }];
    expect(moves(reshard({ facts: { n1: { taints } } }))).to.deep.equal(['NodeTainted: a n1 → n2']);
  });

  it('a pod that kube-scheduler does not bind', () => {
    const tasks = [task('a', 'n1', { state: 'Starting' })];
    expect(moves(reshard({ tasks, taskFacts: { unboundSince: NOW - 10_000 } }))).to.be.empty;
    expect(moves(reshard({ tasks, taskFacts: { unboundSince: NOW - 31_000 } }))).to.deep.equal([
      'PodUnschedulable: a n1 → n2',
    ]);
  });

  it('a forecast that changed, where the task is over its ceiling and was not when its node was chosen', () => {
    const c: Case = { nodes: [node('n1', 0.5), node('n2')] };
    expect(moves(reshard(c))).to.deep.equal(['ForecastChanged: a n1 → n2']);
    expect(moves(reshard({ ...c, taskFacts: { contentionChosen: 0.9 } }))).to.be.empty;
    expect(moves(reshard({ ...c, policy: { onDrift: 'Ignore' } }))).to.be.empty;
    const soon = reshard({ ...c, lastDriftReshard: NOW - 10_000 });
    expect(moves(soon)).to.be.empty;
    expect(soon.lookAgainAt).to.equal(NOW + 290_000);
  });

  it('no changed forecast for a task that runs, or where no other node is better', () => {
    expect(moves(reshard({ nodes: [node('n1', 0.5), node('n2', 0.5)] }))).to.be.empty;
    const running = task('a', 'n1', { state: 'Running' });
    expect(moves(reshard({ nodes: [node('n1', 0.5), node('n2')], tasks: [running] }))).to.be.empty;
  });

  it('the release of a task that would end sooner, or quieter, elsewhere', () => {
    const due: Case = { taskFacts: { isDue: true, contentionChosen: 1 } };
    expect(moves(reshard({ ...due, nodes: [node('n1', 0.5), node('n2')] }))).to.deep.equal([
      'LateBinding: a n1 → n2',
    ]);
    const fast = { ...node('n2'), speed: 1.5 };
    expect(moves(reshard({ ...due, nodes: [node('n1'), fast] }))).to.deep.equal(['LateBinding: a n1 → n2']);
  });

  it('the release of a task that the rolling plan has elsewhere, however little better and whatever its moves', () => {
    const due: Case = { taskFacts: { isDue: true, contentionChosen: 1 } };
    const little = [node('n1'), { ...node('n2'), speed: 1.05 }];
    expect(moves(reshard({ ...due, nodes: little }))).to.deep.equal(['LateBinding: a n1 → n2']);
    const often = { ...due.taskFacts, moves: 5 };
    expect(moves(reshard({ nodes: little, taskFacts: often }))).to.deep.equal(['LateBinding: a n1 → n2']);
    // It ends later there, and does not suffer.
    const slow = [node('n1', 1.5), { ...node('n2'), speed: 0.9 }];
    expect(moves(reshard({ ...due, nodes: slow }))).to.deep.equal(['LateBinding: a n1 → n2']);
  });

  it('no release that the user does not want, and nothing before it is due', () => {
    const better = [node('n1', 0.5), node('n2')];
    const due: Case = { nodes: better, taskFacts: { isDue: true, contentionChosen: 1 } };
    expect(moves(reshard({ ...due, policy: { onDrift: 'Ignore' } }))).to.be.empty;
    expect(moves(reshard({ nodes: better, taskFacts: { isDue: false, contentionChosen: 1 } }))).to.be.empty;
  });

  it('a released task over its ceiling goes where the rolling plan has it, and no other place is looked for', () => {
    const forecastChanged = { isOpen: true, isReleased: true };
    const c: Case = { nodes: [node('n1', 0.5), node('n2')], taskFacts: forecastChanged };
    expect(moves(reshard(c))).to.deep.equal(['ForecastChanged: a n1 → n2']);
    expect(toPlace(c)).to.be.empty;
    expect(toPlace({ ...c, taskFacts: { ...forecastChanged, isReleased: false } })).to.deep.equal(['a']);
    expect(toPlace({ ...c, facts: lost })).to.deep.equal(['a']);
  });

  it('drift, where the task would be over its ceiling and another node is better, and not within the cooldown', () => {
    const c: Case = { nodes: [node('n1', 0.5), node('n2')], facts: { n1: { drift: 'cpu' } } };
    expect(moves(reshard(c))).to.deep.equal(['LoadDrift: a n1 → n2']);
    expect(moves(reshard({ ...c, lastDriftReshard: NOW - 1000 }))).to.be.empty;
    expect(moves(reshard({ ...c, policy: { onDrift: 'Ignore' } }))).to.be.empty;
    expect(moves(reshard({ ...c, nodes: [node('n1'), node('n2')] }))).to.be.empty;
    expect(moves(reshard({ ...c, nodes: [node('n1', 0.5), node('n2', 0.5)] }))).to.be.empty;
  });

  it('pauses or escalates where the policy says so', () => {
    expect(reshard({ facts: lost, policy: { onNodeFailure: 'Pause' } }).paused).to.contain('n1');
    const d = reshard({ facts: lost, policy: { onNodeFailure: 'Escalate' } });
    expect(d.escalations).to.have.length(1);
    expect(moves(d)).to.be.empty;
  });

  it('leaves a task that was moved as often as it may be, and says so', () => {
    const d = reshard({ facts: lost, taskFacts: { moves: 5 } });
    expect(moves(d)).to.be.empty;
    expect(d.escalations[0]).to.contain('maxReshardsPerTask');
  });

  it('says which task has nowhere to go', () => {
    const d = reshard({ nodes: [node('n1')], facts: lost });
    expect(moves(d)).to.be.empty;
    expect(d.unplaced.map((u) => u.task)).to.deep.equal(['a']);
  });
});

describe('binding', () => {
  const planned = (startTime: number) => ({
    task: 'a',
    node: 'n1',
    startTime,
    endTime: startTime + 1000,
    contention: 0,
    binding: 'Provisional' as const,
    reason: 'Kept' as const,
    alternatives: [],
  });
  const inForce = new Map([
    [
      'a',
      {
        task: 'a',
        node: 'n1',
        startTime: NOW,
        endTime: NOW + 1000,
        contention: 0,
        binding: 'Provisional' as const,
      },
    ],
  ]);
  const run = (startTime: number, released: boolean) =>
    bind(inForce, new Map([['a', planned(startTime)]]), {
      now: NOW,
      notBeforeTime: undefined,
      asWritten: false,
      moved: new Set(),
      released: () => released,
      unfinished: () => true,
    });

  it('keeps a bound task on its node in force while its last attempt still ends elsewhere', () => {
    const bound = new Map([...inForce].map(([task, a]) => [task, { ...a, binding: 'Bound' as const }]));
    const bindOn = (moved: ReadonlySet<string>) =>
      bind(bound, new Map([['a', { ...planned(NOW), node: 'n2' }]]), {
        now: NOW,
        notBeforeTime: undefined,
        asWritten: false,
        moved,
        released: () => true,
        unfinished: () => true,
      }).assignments[0]?.node;
    expect(bindOn(new Set())).to.equal('n1');
    expect(bindOn(new Set(['a']))).to.equal('n2');
  });

  it('waits for the release and for the start', () => {
    expect(run(NOW, false).newlyBound).to.be.empty;
    expect(run(NOW + 60_000, true).newlyBound).to.be.empty;
    expect(run(NOW + 60_000, true).lookAgainAt).to.equal(NOW + 60_000);
    expect(run(NOW, true).newlyBound).to.deep.equal(['a']);
    expect(run(NOW + 100, true).newlyBound).to.deep.equal(['a']);
  });
});
