import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ShardPlan } from '../../../../src/api/types.generated.ts';
import { HistoryStore, type TaskRun } from '../../../../src/history/index.ts';
import { foreshard, type Outcome } from '../program.ts';

const NODE = (name: string) => `- apiVersion: v1
  kind: Node
  metadata: {name: ${name}}
  status:
    allocatable: {cpu: "4", memory: 8Gi, pods: "20"}
    conditions: [{type: Ready, status: "True"}]
`;
const NODES = `apiVersion: v1\nkind: List\nitems:\n${NODE('n1')}${NODE('n2')}`;
const WORKFLOW = (name: string, cpu = '1') => `apiVersion: foreshard.dev/v1alpha1
kind: Workflow
metadata: {name: ${name}, namespace: ns}
spec:
  templates:
  - name: t
    estimatedDurationSeconds: 600
    resources: {cpu: "${cpu}"}
    template: {spec: {containers: [{name: main, image: "registry.example.com/task:1"}]}}
  tasks:
  - {name: a, templateRef: t}
  - {name: b, templateRef: t, dependencies: [a]}
`;

describe('foreshard plan', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foreshard-plan-'));
    await mkdir(join(folder, 'history'));
    await writeFile(join(folder, 'nodes.yaml'), NODES);
    await writeFile(join(folder, 'one.yaml'), WORKFLOW('one'));
    await writeFile(join(folder, 'two.yaml'), `${WORKFLOW('one')}---\n${WORKFLOW('two')}`);
  });
  after(() => rm(folder, { recursive: true }));

  const plan = (file: string, more: readonly string[] = [], stdin = ''): Promise<Outcome> => {
    const nodes = ['--nodes', join(folder, 'nodes.yaml'), '--history', join(folder, 'history')];
    const at = ['--at', '2026-03-02T00:00:00Z'];
    return foreshard(['plan', '-f', join(folder, file), ...nodes, ...at, ...more], { stdin });
  };

  it('counts on how long the runs of the history took, in place of the estimate', async () => {
    const root = join(folder, 'with-runs');
    const store = await HistoryStore.open(root, { now: () => 0 });
    const ended = Date.parse('2026-03-01T12:00:00Z');
    const ran = (i: number, seconds: number, type = 't'): TaskRun => ({
      workflow: 'ns/before',
      task: `${type}-${String(i)}`,
      type,
      node: 'gone',
      start: ended + i * 1000 - seconds * 1000,
      end: ended + i * 1000,
      requested: { cpu: 1, memory: 0, gpu: 0, network: 0 },
      used: { cpu: 0.5, memory: null, gpu: null, network: null },
      outcome: 'Succeeded',
    });
    await store.appendTaskRuns(Array.from({ length: 60 }, (_, i) => ran(i, 3600)));
    await store.appendTaskRuns(Array.from({ length: 60 }, (_, i) => ran(i, 60, 'other')));
    await store.close();
    const args = ['--nodes', join(folder, 'nodes.yaml'), '--history', root, '-o', 'json'];
    const at = async (time: string): Promise<number> => {
      const { stdout } = await foreshard(['plan', '-f', join(folder, 'one.yaml'), ...args, '--at', time]);
      const { spec } = JSON.parse(stdout) as ShardPlan;
      const [a] = spec.assignments;
      return (Date.parse(a?.endTime ?? '') - Date.parse(a?.startTime ?? '')) / 1000;
    };
    expect(await at('2026-03-02T00:00:00Z')).to.be.within(3300, 3600);
    // Before any of them had ended.
    expect(await at('2026-03-01T00:00:00Z')).to.equal(600);
  });

  it('prints one ShardPlan as an object, and several as a List or as documents', async () => {
    const one = await plan('one.yaml', ['-o', 'json']);
    expect([one.code, one.stderr]).to.deep.equal([0, '']);
    const { kind, spec } = JSON.parse(one.stdout) as ShardPlan;
    expect(kind).to.equal('ShardPlan');
    expect(spec.assignments.map(({ task, startTime, binding }) => [task, startTime, binding])).to.deep.equal([
      ['a', '2026-03-02T00:00:00Z', 'Bound'],
      ['b', '2026-03-02T00:10:00Z', 'Provisional'],
    ]);
    const two = JSON.parse((await plan('two.yaml', ['-o', 'json'])).stdout) as { items: ShardPlan[] };
    expect(two.items.map((p) => p.metadata.name)).to.deep.equal(['one', 'two']);
    expect((await plan('two.yaml')).stdout.split('---\n')).to.have.length(2);
    expect((await plan('one.yaml', ['-o', 'table'])).stdout).to.match(/^ShardPlan one\nTASK +NODE .*\na +n/);
  });

  it('answers each event of a session with a List in one line', async () => {
    const event = {
      at: '2026-03-02T00:05:00Z',
      samples: [{ node: 'n1', time: '2026-03-02T00:05:00Z', cpu: 0.5, memory: 0.5, gpu: null, network: 0 }],
      nodes: [{ name: 'n1', ready: false }],
      tasks: [
        { workflow: 'one', name: 'a', state: 'Running', node: 'n2', startTime: '2026-03-02T00:00:00Z' },
      ],
    };
    const { code, stdout, stderr } = await plan('one.yaml', ['--session'], `${JSON.stringify(event)}\n`);
    expect([code, stderr]).to.deep.equal([0, '']);
    const answers = stdout.trimEnd().split('\n');
    expect(answers).to.have.length(2);
    const { items } = JSON.parse(answers[1] ?? '') as { items: ShardPlan[] };
    expect(items[0]?.spec.assignments.map(({ node, endTime }) => [node, endTime])).to.deep.equal([
      ['n2', '2026-03-02T00:10:00Z'],
      ['n2', '2026-03-02T00:20:00Z'],
    ]);
  });

  it('exits with 1 and the reason where no plan is possible', async () => {
    await writeFile(join(folder, 'big.yaml'), WORKFLOW('big', '5'));
    const { code, stderr, stdout } = await plan('big.yaml');
    expect([code, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.equal(
      'error: workflow big: task a is not placed: 0/2 nodes can hold it: 2 have less cpu than 5\n',
    );
  });

  it('exits with 2, and the place and the reason, on bad input', async () => {
    const bad = async (name: string, text: string): Promise<Outcome> => {
      await writeFile(join(folder, name), text);
      return plan(name);
    };
    const cycle = await bad('cycle.yaml', WORKFLOW('w').replace('name: a,', 'name: a, dependencies: [b],'));
    expect(cycle.code).to.equal(2);
    expect(cycle.stderr).to.match(
      /cycle\.yaml:11: Workflow w: spec\.tasks\[0\]\.dependencies\[0\]: .*a → b → a/,
    );
    const broken = await bad('broken.yaml', 'a: [');
    expect(broken.code).to.equal(2);
    expect(broken.stderr).to.match(/broken\.yaml:\d+:\d+: this is no YAML/);
    const nodes = join(folder, 'bad-nodes.yaml');
    await writeFile(nodes, NODES.replace('"4"', '"four"'));
    const quantity = await plan('one.yaml', ['--nodes', nodes]);
    expect(quantity.code).to.equal(2);
    expect(quantity.stderr).to.match(
      /bad-nodes\.yaml:8: Node n1: status\.allocatable\.cpu: "four" is no quantity/,
    );
    expect((await plan('one.yaml', ['--at', 'noon'])).code).to.equal(2);
    expect((await plan('one.yaml', ['--history', join(folder, 'nowhere')])).code).to.equal(2);
    const event = await plan('one.yaml', ['--session'], '{"at": "2026-03-02T00:05:00Z"}\n{"at": 5}\n');
    expect(event.code).to.equal(2);
    expect(event.stderr).to.equal('error: standard input:2: at must be a string\n');
  });
});
