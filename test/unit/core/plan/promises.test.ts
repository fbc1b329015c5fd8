/** Windows that are promised and never come: a closed loop in which the forecast is wrong for ever. */
import { expect } from 'chai';
import { RollingPlanner } from '../../../../src/core/plan/index.ts';
import type {
  Assignment,
  Availability,
  NodeSnapshot,
  TaskSnapshot,
  WorkflowSnapshot,
} from '../../../../src/core/plan/snapshot.ts';
import { amounts, GIB, node, NOW, SECOND, snapshot, stepwise, task, workflow } from '../builders.ts';

const SLOT = 300;
const HOUR = 3600;
const DAY = 24 * HOUR;

/** So much is free for some slots from now on, and all of it from then on. */
const soonAll = (free: number, all: number, slots = 1): Availability =>
  stepwise(Array.from({ length: slots + 1 }, (_, slot) => (slot < slots ? free : all)).map((x) => [x, x, x]));

/** A forecast that says the same at any time, as if nothing had passed since. */
const issued = (nodes: readonly NodeSnapshot[], now: number): NodeSnapshot[] =>
  nodes.map((n) => ({
    ...n,
    availability: Object.fromEntries(
      Object.entries(n.availability).map(([resource, of]) => [resource, { ...of, startTime: now }]),
    ),
  }));

interface Started {
  /** After the beginning. */
  readonly seconds: number;
  readonly assignment: Assignment;
}

/** Plans in every slot, and starts what is due; when each task has started. */
function startsOf(
  nodes: readonly NodeSnapshot[],
  tasks: readonly TaskSnapshot[],
  of: Partial<WorkflowSnapshot> = {},
  planner = new RollingPlanner(),
): Map<string, Started> {
  const started = new Map<string, Started>();
  for (let seconds = 0; seconds <= DAY && started.size < tasks.length; seconds += SLOT) {
    const now = NOW + seconds * SECOND;
    const seen = tasks.map((t): TaskSnapshot => {
      const run = started.get(t.name);
      if (run === undefined || t.state !== 'Pending') return t;
      return { ...t, state: 'Running', node: run.assignment.node, startTime: NOW + run.seconds * SECOND };
    });
    const [plan] = planner.plan(snapshot(issued(nodes, now), [workflow('w', seen, of)], { now }));
    for (const assignment of plan?.assignments ?? []) {
      if (assignment.startTime > now || started.has(assignment.task)) continue;
      started.set(assignment.task, { seconds, assignment });
    }
  }
  return started;
}

const withGpu = (slots = 1): NodeSnapshot =>
  node('gpu', {
    capacity: amounts({ cpu: 8, memory: 32 * GIB, gpu: 1, network: 1e9 }),
    availability: { ...node('n').availability, gpu: soonAll(0, 1, slots) },
  });
const onGpu = (of: Partial<TaskSnapshot> = {}): TaskSnapshot =>
  task('t', { demand: amounts({ cpu: 1, gpu: 1 }), ...of });
const busy = (name: string, of: Partial<NodeSnapshot> = {}): NodeSnapshot =>
  node(name, { availability: { ...node('n').availability, cpu: soonAll(0.2, 8) }, ...of });
const onCpu = task('t', { demand: amounts({ cpu: 4 }) });

describe('a window that is promised again and again', () => {
  it('is waited for, and an hour later the task takes what there is, and says so', () => {
    const { seconds, assignment } = startsOf([withGpu(), node('other')], [onGpu()]).get('t')!;
    expect(seconds).to.be.within(SLOT, HOUR);
    expect(assignment).to.include({ node: 'gpu', reason: 'OverCeiling' });
  });

  it('is waited for twice as long as the task runs', () =>
    expect(startsOf([withGpu(2)], [onGpu({ durationSeconds: 2100 })]).get('t')?.seconds).to.equal(4200));

  it('is waited for three times as long as was promised', () =>
    expect(startsOf([withGpu(12)], [onGpu({ durationSeconds: 1200 })]).get('t')?.seconds).to.equal(
      3 * 12 * SLOT,
    ));

  for (const how of [{ slack: 1 }, { contentionCeiling: 0 }, { slack: 0 }])
    it(`ends with ${JSON.stringify(how)}`, () =>
      expect(startsOf([busy('a'), busy('b', { speed: 0.3 })], [onCpu], how).get('t')?.seconds).to.be.at.most(
        HOUR,
      ));

  it('ends where it is memory that is short', () => {
    const availability = { ...node('n').availability, memory: soonAll(GIB / 4, 32 * GIB) };
    const { seconds, assignment } = startsOf([node('a', { availability })], [task('t')]).get('t')!;
    expect([seconds, assignment.reason]).to.deep.equal([HOUR, 'OverCeiling']);
  });

  it('ends for every task that waits, as nodes have room', () => {
    const tasks = ['a', 'b', 'c'].map((name) => ({ ...onCpu, name }));
    const starts = startsOf([busy('a')], tasks);
    expect([...starts.values()].filter((s) => s.seconds <= HOUR)).to.have.length(2);
  });

  it('ends where it is a task that is to end any moment, and plans are made ahead', () => {
    const whole = { demand: amounts({ cpu: 8 }) };
    const endless = task('r', { ...whole, state: 'Running', node: 'n', startTime: NOW - DAY * SECOND });
    const nodes = [node('n'), node('slow', { speed: 0.2 })];
    const { seconds, assignment } = startsOf(nodes, [endless, task('t', whole)]).get('t')!;
    expect([seconds, assignment.node]).to.deep.equal([HOUR, 'slow']);
  });

  it('ends between two slots, too, where a plan ahead is in force that waits on', () => {
    const whole = { demand: amounts({ cpu: 8 }) };
    const [a, b] = [{ pool: 'a' }, { pool: 'b' }];
    const nodes = [
      node('n', { labels: a }),
      node('free', { labels: a, speed: 0.2 }),
      node('fast', { labels: b, speed: 4 }),
      node('slow', { labels: b }),
    ];
    const endless = task('r', { ...whole, state: 'Running', node: 'n', startTime: NOW - DAY * SECOND });
    const waits = workflow('w', [endless, task('t', { ...whole, nodeSelector: a })]);
    // Work elsewhere that only a plan ahead does in time: it leaves the fast node to what comes later and takes longer.
    const other = workflow('other', [
      task('gate', { nodeSelector: b, durationSeconds: 60 }),
      task('short', { ...whole, nodeSelector: b }),
      task('long', { ...whole, nodeSelector: b, durationSeconds: 3600, dependencies: ['gate'] }),
    ]);
    const planner = new RollingPlanner();
    const planAt = (seconds: number, workflows: readonly WorkflowSnapshot[]): Map<string, Assignment> => {
      const plans = planner.plan(snapshot(nodes, workflows, { now: NOW + seconds * SECOND }));
      return new Map(plans.flatMap((p) => p.assignments.map((x) => [x.task, x])));
    };
    const first = SLOT / 5;
    expect(planAt(first, [waits]).get('t')?.node).to.equal('n');
    for (let seconds = SLOT; seconds < HOUR; seconds += SLOT) planAt(seconds, [waits]);
    const inForce = planAt(HOUR, [waits, other]);
    expect([inForce.get('t')?.node, inForce.get('short')?.node]).to.deep.equal(['n', 'slow']);
    expect(planAt(HOUR + first / 2, [waits, other]).get('t')?.node).to.equal('n');
    const now = NOW + (HOUR + first) * SECOND;
    expect(planAt(HOUR + first, [waits, other]).get('t')).to.include({ node: 'free', startTime: now });
  });
});

describe('a window that is promised once', () => {
  it('is waited for, however far off it is', () => {
    const planner = new RollingPlanner();
    const whole = { demand: amounts({ cpu: 8 }) };
    const hours = 4;
    const runs = task('r', {
      ...whole,
      durationSeconds: hours * HOUR,
      state: 'Running',
      node: 'n',
      startTime: NOW,
    });
    const nodes = [node('n'), node('slow', { speed: 0.01 })];
    for (let hour = 0; hour < hours; hour++) {
      const now = NOW + hour * 3600 * SECOND;
      const [plan] = planner.plan(snapshot(nodes, [workflow('w', [runs, task('t', whole)])], { now }));
      const waits = plan?.assignments.find((a) => a.task === 't');
      expect(waits).to.include({ node: 'n', startTime: NOW + hours * HOUR * SECOND });
    }
  });
});
