import { expect } from 'chai';
import type { JobFacts, NodeState, PodFacts, TaskRecord } from '../../../../src/core/dispatch/facts.ts';
import { jobName } from '../../../../src/core/dispatch/job-name.ts';
import { pin, pinnedNode } from '../../../../src/core/dispatch/job.ts';
import { decideWorkflow, type WorkflowInput } from '../../../../src/core/dispatch/workflow.ts';

import { podRule } from '../builders.ts';

const NOW = Date.parse('2026-03-02T10:00:00Z');
const retry = (limit: number) => ({
  limit,
  backoff: { durationSeconds: 10, factor: 2, maxDurationSeconds: 15 },
});

const job = (over: Partial<JobFacts> = {}): JobFacts => ({
  name: 'job',
  uid: 'u',
  task: 'a',
  attempt: 1,
  node: 'n1',
  state: 'Active',
  disrupted: false,
  deleting: false,
  ...over,
});
const pod = (over: Partial<PodFacts> = {}): PodFacts => ({
  task: 'a',
  attempt: 1,
  phase: 'Running',
  node: 'n1',
  ...over,
});

function decide(over: Partial<WorkflowInput> = {}, nodes: Record<string, NodeState> = {}) {
  return decideWorkflow({
    name: 'w',
    now: NOW,
    tasks: [
      { name: 'a', dependencies: [], retry: retry(0) },
      { name: 'b', dependencies: ['a'], retry: retry(0) },
    ],
    recorded: [],
    jobs: [],
    pods: [],
    placements: new Map([
      ['a', { node: 'n1', binding: 'Bound' as const }],
      ['b', { node: 'n2', binding: 'Bound' as const }],
    ]),
    nodeState: (name) => nodes[name] ?? 'Usable',
    nodes: () => [],
    unreachableNode: 'WaitUntilFenced',
    hold: undefined,
    parallelism: undefined,
    activeDeadlineSeconds: undefined,
    ttlSecondsAfterFinished: undefined,
    startTime: undefined,
    ...over,
  });
}

const recordOf = (d: ReturnType<typeof decide>, name: string): TaskRecord | undefined =>
  d.records.find((r) => r.name === name);

describe('what the dispatcher decides', () => {
  it('starts what depends on nothing, and not what depends on it', () => {
    expect(decide().create).to.deep.equal([{ task: 'a', attempt: 1, node: 'n1' }]);
  });

  it('starts a dependent once success is on record', () => {
    const d = decide({ recorded: [{ name: 'a', state: 'Succeeded', attempt: 1 }] });
    expect(d.create).to.deep.equal([{ task: 'b', attempt: 1, node: 'n2' }]);
  });

  it('starts nothing provisional, nothing on a node that is not usable, nothing before its window, nothing on hold', () => {
    const at = (p: object) =>
      decide({ placements: new Map([['a', { node: 'n1', binding: 'Bound' as const, ...p }]]) });
    expect(at({ binding: 'Provisional' }).create).to.be.empty;
    expect(at({ startTime: NOW + 5000 }).create).to.be.empty;
    expect(at({ startTime: NOW + 5000 }).lookAgainAt).to.equal(NOW + 5000);
    expect(decide({}, { n1: 'Unusable' }).create).to.be.empty;
    expect(decide({ hold: 'suspended' }).create).to.be.empty;
  });

  it('keeps within parallelism', () => {
    const tasks = ['a', 'b', 'c'].map((name) => ({ name, dependencies: [], retry: retry(0) }));
    const placements = new Map(tasks.map((t) => [t.name, { node: 'n1', binding: 'Bound' as const }]));
    expect(decide({ tasks, placements, parallelism: 2, jobs: [job()], pods: [pod()] }).create).to.have.length(
      1,
    );
  });

  it('does not delete a Job whose pod has succeeded before the Job controller has said so', () => {
    const d = decide({ jobs: [job()], pods: [pod({ phase: 'Succeeded' })] });
    expect(d.delete).to.be.empty;
    expect(recordOf(d, 'a')?.state).to.equal('Running');
  });

  it('takes a succeeded pod for success where its Job was deleted', () => {
    expect(recordOf(decide({ pods: [pod({ phase: 'Succeeded' })] }), 'a')?.state).to.equal('Succeeded');
  });

  it('ends an attempt that the plan has moved, and starts the next one only when its pod is gone', () => {
    const moved = new Map([['a', { node: 'n2', binding: 'Bound' as const }]]);
    const recorded: TaskRecord[] = [{ name: 'a', state: 'Running', attempt: 1, node: 'n1' }];
    const first = decide({ placements: moved, recorded, jobs: [job()], pods: [pod()] });
    expect(first.delete.map((x) => x.job.attempt)).to.deep.equal([1]);
    expect(first.create).to.be.empty;
    expect(decide({ placements: moved, recorded, pods: [pod()] }).create).to.be.empty;
    expect(decide({ placements: moved, recorded }).create).to.deep.equal([
      { task: 'a', attempt: 2, node: 'n2' },
    ]);
  });

  it('waits for a pod on an unreachable node unless two runs do no harm', () => {
    const input = { placements: new Map([['a', { node: 'n2', binding: 'Bound' as const }]]), pods: [pod()] };
    expect(decide(input, { n1: 'Unreachable' }).create).to.be.empty;
    expect(
      decide({ ...input, unreachableNode: 'StartElsewhere' }, { n1: 'Unreachable' }).create,
    ).to.deep.equal([{ task: 'a', attempt: 2, node: 'n2' }]);
  });

  it('retries after a growing wait, counts a failure once, and gives up at the limit', () => {
    const tasks = [{ name: 'a', dependencies: [], retry: retry(1) }];
    const failed = job({ state: 'Failed', completionTime: NOW });
    const first = decide({ tasks, jobs: [failed] });
    expect(recordOf(first, 'a')).to.include({ state: 'Pending', failures: 1, reason: 'Backoff' });
    expect(first.lookAgainAt).to.equal(NOW + 10_000);
    const again = decide({ tasks, jobs: [failed], recorded: [...first.records], now: NOW + 10_000 });
    expect(recordOf(again, 'a')?.failures).to.equal(1);
    expect(again.create).to.deep.equal([{ task: 'a', attempt: 2, node: 'n1' }]);
    const second = job({ attempt: 2, state: 'Failed', completionTime: NOW + 20_000 });
    const last = decide({
      tasks,
      jobs: [failed, second],
      recorded: [{ name: 'a', state: 'Running', attempt: 2, failures: 1 }],
    });
    expect(recordOf(last, 'a')).to.include({ state: 'Failed', failures: 2 });
    expect(last.outcome).to.equal('Failed');
  });

  it('does not count a disruption against the limit', () => {
    const d = decide({ jobs: [job({ state: 'Failed', disrupted: true })] });
    expect(recordOf(d, 'a')?.failures).to.equal(undefined);
    expect(d.create).to.deep.equal([{ task: 'a', attempt: 2, node: 'n1' }]);
  });

  it('omits what has not started when a task has failed for good', () => {
    const d = decide({ recorded: [{ name: 'a', state: 'Failed', attempt: 1, message: 'exit code 3' }] });
    expect(recordOf(d, 'b')?.state).to.equal('Omitted');
    expect(d.outcome).to.equal('Failed');
    expect(d.failure).to.contain('exit code 3');
  });

  it('ends everything at the deadline', () => {
    const d = decide({ activeDeadlineSeconds: 60, startTime: NOW - 60_000, jobs: [job()], pods: [pod()] });
    expect(recordOf(d, 'a')).to.include({ state: 'Failed', reason: 'DeadlineExceeded' });
    expect(d.delete).to.have.length(1);
  });
});

describe('tasks that keep apart', () => {
  const labels = { app: 'train' };
  const apart = (kind: 'AntiAffinity' | 'Spread') => {
    const task = { dependencies: [], retry: retry(0), labels, podRules: [podRule(kind)] };
    const zone = (name: string, value: string) => ({ name, labels: { zone: value }, taints: [] });
    return {
      tasks: [
        { ...task, name: 'a' },
        { ...task, name: 'b' },
        { ...task, name: 'c' },
      ],
      nodes: () => [zone('n1', 'east'), zone('n2', 'east'), zone('n3', 'west')],
      placements: new Map(
        Object.entries({ a: 'n1', b: 'n2', c: 'n3' }).map(([name, node]) => [
          name,
          { node, binding: 'Bound' as const },
        ]),
      ),
    };
  };
  const started = (over: Partial<WorkflowInput>): string[] => decide(over).create.map((c) => c.task);

  it('are not started in one domain, whatever the plan says', () => {
    expect(started(apart('AntiAffinity'))).to.deep.equal(['a', 'c']);
    expect(started({ ...apart('AntiAffinity'), jobs: [job()], pods: [pod()] })).to.deep.equal(['c']);
  });

  it('are started there when the other has ended', () => {
    const recorded = [{ name: 'a', state: 'Succeeded' as const }];
    expect(started({ ...apart('AntiAffinity'), recorded })).to.deep.equal(['b', 'c']);
  });

  it('say which rule holds them back, on which node, and what to do', () => {
    const held = decide(apart('AntiAffinity'));
    const message =
      'it is not started yet: node n2 would put it beside tasks of template train in one zone; ' +
      'it starts when that has passed, or sooner where its template relaxes the rule';
    expect(held.held).to.deep.equal([{ task: 'b', message }]);
    expect(recordOf(held, 'b')).to.deep.equal({
      name: 'b',
      state: 'Pending',
      reason: 'HeldByPodRule',
      message,
    });
    expect(recordOf(held, 'c')).to.deep.equal({ name: 'c', state: 'Pending' });
    // When the other has ended it is started, and nothing is said any more.
    const after = decide({ ...apart('AntiAffinity'), recorded: [{ name: 'a', state: 'Succeeded' }] });
    expect(recordOf(after, 'b')).to.deep.equal({ name: 'b', state: 'Pending' });
    expect(decide({ ...apart('AntiAffinity'), hold: 'spec.suspend is true' }).held).to.be.empty;
  });

  it('count a failure once, however long the next attempt is held back', () => {
    const world = apart('AntiAffinity');
    const tasks = world.tasks.map((t) => ({ ...t, retry: retry(1) }));
    const failed = job({
      name: 'job-b',
      task: 'b',
      node: 'n2',
      state: 'Failed',
      completionTime: NOW - 60_000,
    });
    const look = (recorded: readonly TaskRecord[]) =>
      decide({ ...world, tasks, recorded, jobs: [job(), failed], pods: [pod()] });
    const first = look([{ name: 'b', state: 'Running', attempt: 1, node: 'n2' }]);
    expect(recordOf(first, 'b')).to.include({ state: 'Pending', failures: 1, reason: 'Backoff' });
    expect(recordOf(first, 'b')?.message).to.match(/^attempt 1 failed: .*; it is not started yet: node n2 /);
    const again = look(look(first.records).records);
    expect(recordOf(again, 'b')).to.deep.equal(recordOf(first, 'b'));
    expect(again.create.map((c) => c.task)).to.deep.equal(['c']);
  });

  it('wait for the other domain to catch up, where they are spread', () => {
    expect(started(apart('Spread'))).to.deep.equal(['a', 'c']);
    const runs = { jobs: [job(), job({ name: 'job-c', task: 'c', node: 'n3' })], pods: [pod()] };
    expect(started({ ...apart('Spread'), ...runs })).to.deep.equal(['b']);
  });
});

describe('names and pins of Jobs', () => {
  it('keeps apart what a plain join would make one', () => {
    expect(jobName({ name: 'a', uid: '1' }, 'b-c', 1)).to.not.equal(
      jobName({ name: 'a-b', uid: '1' }, 'c', 1),
    );
    expect(jobName({ name: 'a', uid: '1' }, 'b', 1)).to.not.equal(jobName({ name: 'a', uid: '2' }, 'b', 1));
    expect(jobName({ name: 'x'.repeat(200), uid: '1' }, 'y'.repeat(63), 100).length).to.be.at.most(63);
  });

  it('adds the node to every alternative of the user', () => {
    const term = { matchExpressions: [{ key: 'zone', operator: 'In' as const, values: ['a'] }] };
    const affinity = pin(
      { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term, {}] } } },
      'n7',
    );
    const terms =
      affinity.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
    expect(terms.map((t) => t.matchFields?.[0]?.values)).to.deep.equal([['n7'], ['n7']]);
    expect(terms[0]?.matchExpressions).to.deep.equal(term.matchExpressions);
    expect(pinnedNode(affinity)).to.equal('n7');
  });
});
