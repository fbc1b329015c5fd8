/** The observer with a real history and caches; only its source and its clock are the test's. */
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { LABEL_ATTEMPT, LABEL_TASK, LABEL_TASK_TYPE, LABEL_WORKFLOW } from '../../../src/api/constants.ts';
import { defaultConfiguration } from '../../../src/api/configuration.ts';
import type { ControllerContext } from '../../../src/controllers/context.ts';
import { Observer } from '../../../src/controllers/forecaster/observer.ts';
import { ForecasterState } from '../../../src/controllers/forecaster/state.ts';
import type { Node, Pod } from '../../../src/controllers/gather/kubernetes.ts';
import { TaskLearning } from '../../../src/controllers/gather/learning.ts';
import { settingsOf } from '../../../src/controllers/operator.ts';
import { HistoryStore, taskRunAt } from '../../../src/history/index.ts';
import type { LoadReport, ObservedLoadSource, PodReference } from '../../../src/metrics/index.ts';
import { Store, createEnvironment, createLogger } from '../../../src/runtime/index.ts';
import { eventually } from '../../support/eventually.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { DAY, START } from '../history/samples.ts';
import { inFolder } from '../history/temporary-folder.ts';

const INTERVAL_MS = 30_000;
const FLUSH_MS = 300_000;
const NONE = { cpu: null, memory: null, gpu: null, network: null };

class ScriptedSource implements ObservedLoadSource {
  readonly name = 'script';
  report: LoadReport | Error = { nodes: [], pods: [] };
  looks = 0;
  asked: readonly PodReference[] = [];

  observe(_signal: AbortSignal, pods: readonly PodReference[] = []): Promise<LoadReport> {
    this.looks += 1;
    this.asked = pods;
    return this.report instanceof Error ? Promise.reject(this.report) : Promise.resolve(this.report);
  }
}

type PodStatus = NonNullable<Pod['status']>;

let version = 1;
const node = (name: string, gpus = 0, labels: Record<string, string> = {}): Node => ({
  metadata: { name, labels, resourceVersion: String(version++) },
  status: { allocatable: { cpu: '16', memory: '1000', 'nvidia.com/gpu': String(gpus) } },
});
const pod = (name: string, own: boolean, status: PodStatus = { phase: 'Running' }, gpus = 0): Pod => ({
  metadata: {
    name,
    namespace: 'lab',
    resourceVersion: String(version++),
    labels: own
      ? { [LABEL_WORKFLOW]: 'flow', [LABEL_TASK]: name, [LABEL_TASK_TYPE]: 'fit', [LABEL_ATTEMPT]: '2' }
      : {},
  },
  spec: {
    nodeName: 'a',
    containers: [{ resources: { requests: { cpu: '2', memory: '100', 'nvidia.com/gpu': String(gpus) } } }],
  },
  status,
});
const ended = (phase: 'Succeeded' | 'Failed', from: number, to: number): PodStatus => ({
  phase,
  containerStatuses: [
    {
      name: 'main',
      state: {
        terminated: {
          exitCode: 0,
          startedAt: new Date(from).toISOString(),
          finishedAt: new Date(to).toISOString(),
        },
      },
    },
  ],
});

interface World {
  readonly source: ScriptedSource;
  readonly nodes: Store<Node>;
  readonly pods: Store<Pod>;
  readonly state: ForecasterState;
  readonly clock: ManualClock;
  readonly history: HistoryStore;
  readonly learning: TaskLearning;
  readonly logged: readonly string[];
  /** Lets the interval pass, and the look be over. */
  readonly look: (report: LoadReport | Error) => Promise<void>;
  /** Ends the observer, which writes what it holds. */
  readonly stop: () => Promise<void>;
}

async function observing(
  root: string,
  test: (world: World) => Promise<void>,
  load: 'Whole' | 'Background' = 'Whole',
): Promise<void> {
  const clock = new ManualClock(START);
  const history = await HistoryStore.open(root, { now: () => clock.now() });
  const [nodes, pods] = [new Store<Node>(), new Store<Pod>()];
  nodes.observe('ADDED', node('a'));
  const configuration = defaultConfiguration();
  const settings = settingsOf({ ...configuration, observe: { ...configuration.observe, load } });
  const logged: string[] = [];
  const stream = new Writable({
    write: (line: Buffer, _encoding, done) => {
      logged.push(line.toString());
      done();
    },
  });
  const learning = new TaskLearning();
  const context = {
    env: createEnvironment({ log: createLogger({ stream }), clock }),
    caches: { nodes: { store: nodes }, pods: { store: pods }, learning },
    settings,
  } as unknown as ControllerContext;
  const state = new ForecasterState({ windowMs: 14 * DAY, stepSeconds: 300, driftSampleMs: 60_000 });
  const source = new ScriptedSource();
  const observer = new Observer(context, state, source, history);
  const stop = new AbortController();
  const running = observer.run(stop.signal);
  const settled = (looks: number) =>
    eventually(() => {
      expect(source.looks).to.equal(looks);
      expect(clock.timers).to.equal(1);
    });
  await settled(1);
  const world: World = {
    source,
    nodes,
    pods,
    state,
    clock,
    history,
    learning,
    logged,
    look: async (report) => {
      source.report = report;
      const looks = source.looks + 1;
      await clock.advance(INTERVAL_MS);
      await settled(looks);
    },
    stop: async () => {
      stop.abort();
      await running;
    },
  };
  try {
    await test(world);
  } finally {
    stop.abort();
    await running;
  }
}

const seen = (name: string, time: number, cpu: number, gpu: number | null = null) => ({
  node: name,
  time,
  load: { ...NONE, cpu, gpu },
});
const cpuOf = async (history: HistoryStore, name: string) => {
  const { time, load } = (await history.read()).get(name) ?? { time: [], load: { cpu: [] } };
  return [...time].map((t, i) => [t - START, load.cpu[i]]);
};

describe('The observer', () => {
  it("writes load less what Foreshard's pods use, and asks for those pods alone", () =>
    inFolder((root) =>
      observing(root, async ({ look, pods, source, stop, history, clock }) => {
        pods.observe('ADDED', pod('mine', true));
        pods.observe('ADDED', pod('theirs', false));
        const usage = [{ namespace: 'lab', name: 'mine', usage: { ...NONE, cpu: 3 } }];
        await look({ nodes: [seen('a', clock.now(), 5)], pods: usage });
        await look({ nodes: [seen('a', clock.now(), 5)], pods: [] });
        expect(source.asked.map(({ name }) => name)).to.deep.equal(['mine']);
        await stop();
        expect((await cpuOf(history, 'a')).map(([, cpu]) => cpu)).to.deep.equal([2, 3]);
      }),
    ));

  it('takes what is background load already as it is', () =>
    inFolder((root) =>
      observing(
        root,
        async ({ look, pods, stop, history, clock }) => {
          pods.observe('ADDED', pod('mine', true));
          await look({ nodes: [seen('a', clock.now(), 5, 1)], pods: [] });
          await stop();
          expect((await cpuOf(history, 'a')).map(([, cpu]) => cpu)).to.deep.equal([5]);
          expect([...((await history.read()).get('a')?.load.gpu ?? [])]).to.deep.equal([1]);
        },
        'Background',
      ),
    ));

  it('leaves out samples that are no newer, and nodes that the cluster does not have', () =>
    inFolder((root) =>
      observing(root, async ({ look, stop, history }) => {
        await look({ nodes: [seen('a', START + 60, 1), seen('stranger', START + 60, 1)], pods: [] });
        await look({ nodes: [seen('a', START + 60, 2)], pods: [] });
        await look({ nodes: [seen('a', START + 40, 3)], pods: [] });
        await look({ nodes: [seen('a', START + 90, 4)], pods: [] });
        await stop();
        expect(await cpuOf(history, 'a')).to.deep.equal([
          [60, 1],
          [90, 4],
        ]);
        expect([...(await history.read()).keys()]).to.deep.equal(['a']);
      }),
    ));

  it('says so, once, where the source names nodes otherwise than the cluster does', () =>
    inFolder((root) =>
      observing(root, async ({ look, logged }) => {
        const report = { nodes: [seen('a.example.com', START + 1, 1)], pods: [] };
        await look(report);
        await look(report);
        const warnings = logged.filter((line) => line.includes('names nodes that the cluster does not have'));
        expect(warnings).to.have.lengthOf(1);
        expect(warnings[0]).to.include('such as a.example.com; the cluster has a): set nodeLabel');
      }),
    ));

  it('follows nodes that come and go, and leaves their gaps as gaps', () =>
    inFolder((root) =>
      observing(root, async ({ look, nodes, stop, history }) => {
        await look({ nodes: [seen('a', START + 1, 1), seen('b', START + 1, 1)], pods: [] });
        nodes.observe('ADDED', node('b'));
        await look({ nodes: [seen('a', START + 2, 2), seen('b', START + 2, 2)], pods: [] });
        nodes.observe('DELETED', { ...node('a') });
        await look({ nodes: [seen('b', START + 3, 3)], pods: [] });
        nodes.observe('ADDED', node('a'));
        await look(new Error('Prometheus is away'));
        await look({ nodes: [seen('a', START + 5, 5), seen('b', START + 5, 5)], pods: [] });
        await stop();
        expect(await cpuOf(history, 'a')).to.deep.equal([
          [1, 1],
          [2, 2],
          [5, 5],
        ]);
        expect(await cpuOf(history, 'b')).to.deep.equal([
          [2, 2],
          [3, 3],
          [5, 5],
        ]);
      }),
    ));

  it('counts the GPUs that others have taken, however idle; where devices are shared, how much they are used', () =>
    inFolder((root) =>
      observing(root, async ({ look, nodes, pods, stop, history, state }) => {
        nodes.observe('ADDED', node('a', 8));
        const shared = { 'nvidia.com/gpu.sharing-strategy': 'time-slicing', 'nvidia.com/gpu.count': '2' };
        nodes.observe('ADDED', node('s', 8, shared));
        pods.observe('ADDED', pod('theirs', false, { phase: 'Pending' }, 3));
        pods.observe('ADDED', pod('done', false, { phase: 'Succeeded' }, 1));
        pods.observe('ADDED', pod('mine', true, { phase: 'Running' }, 2));
        const usage = [{ namespace: 'lab', name: 'mine', usage: { ...NONE, gpu: 1.5 } }];
        await look({ nodes: [seen('a', START + 1, 1, 1.75), seen('s', START + 1, 1, 0.5)], pods: usage });
        expect(state.book.last('a', 'gpu')?.value).to.equal(3);
        expect(state.book.last('s', 'gpu')?.value).to.equal(2);
        await stop();
        expect((await history.read()).get('a')?.load.gpu).to.deep.equal(Float64Array.of(3));
        expect(await history.stat()).to.include({ rows: 2 });
      }),
    ));

  it('flushes at its interval, and writes at its end what it holds', () =>
    inFolder((root) =>
      observing(root, async ({ look, stop, history, clock }) => {
        for (let i = 0; i < FLUSH_MS / INTERVAL_MS; i++)
          await look({ nodes: [seen('a', clock.now(), i)], pods: [] });
        await eventually(async () => expect((await history.stat()).rows).to.equal(FLUSH_MS / INTERVAL_MS));
        await look({ nodes: [seen('a', clock.now(), 99)], pods: [] });
        await stop();
        expect(await history.stat()).to.include({ rows: FLUSH_MS / INTERVAL_MS + 1, files: 2 });
      }),
    ));

  it('records each task run once, with its peak usage, over a restart too', () =>
    inFolder(async (root) => {
      const done = pod('fit', true, ended('Succeeded', START - 60_000, START + 70_000));
      await observing(root, async ({ look, pods, stop, history }) => {
        pods.observe('ADDED', pod('fit', true));
        for (const cpu of [1, 3, 2]) {
          const usage = [{ namespace: 'lab', name: 'fit', usage: { ...NONE, cpu, memory: 50 } }];
          await look({ nodes: [], pods: usage });
        }
        pods.observe('MODIFIED', { ...done, metadata: { ...done.metadata, resourceVersion: '9999' } });
        await look({ nodes: [], pods: [] });
        await look({ nodes: [], pods: [] });
        await stop();
        const runs = await history.readTaskRuns();
        expect(runs).to.have.lengthOf(1);
        expect(taskRunAt(runs, 0)).to.deep.equal({
          workflow: 'lab/flow',
          task: 'fit/2',
          type: 'fit',
          node: 'a',
          speed: 1,
          start: START - 60_000,
          end: START + 70_000,
          requested: { cpu: 2, memory: 100, gpu: 0, network: 0 },
          used: { cpu: 3, memory: 50, gpu: null, network: null },
          outcome: 'Succeeded',
        });
      });
      await observing(root, async ({ look, pods, stop, history }) => {
        pods.observe('ADDED', done);
        pods.observe('ADDED', pod('lost', true, ended('Failed', START, START + 1000)));
        await look({ nodes: [], pods: [] });
        await stop();
        const runs = await history.readTaskRuns();
        expect(runs.task).to.deep.equal(['lost/2', 'fit/2']);
        expect(runs.outcome).to.deep.equal(['Failed', 'Succeeded']);
        expect(runs.used.cpu).to.deep.equal(Float64Array.of(NaN, 3));
      });
    }));

  it('learns from each run once, at once and after a restart', () =>
    inFolder(async (root) => {
      const learnedOf = (learning: TaskLearning) => learning.typeOf('lab', 'fit', 30);
      const done = pod('fit', true, ended('Succeeded', START - 60_000, START + 60_000));
      await observing(root, async ({ look, pods, learning, stop }) => {
        pods.observe('ADDED', pod('fit', true));
        await look({ nodes: [], pods: [{ namespace: 'lab', name: 'fit', usage: { ...NONE, cpu: 3 } }] });
        expect(learnedOf(learning)).to.equal(undefined);
        pods.observe('MODIFIED', { ...done, metadata: { ...done.metadata, resourceVersion: '9998' } });
        await look({ nodes: [], pods: [] });
        await look({ nodes: [], pods: [] });
        expect(learnedOf(learning)).to.deep.include({ runs: 1, peaks: { cpu: 3 } });
        await stop();
      });
      await observing(root, async ({ look, learning }) => {
        await look({ nodes: [], pods: [] });
        expect(learnedOf(learning)).to.deep.include({ runs: 1, peaks: { cpu: 3 } });
        // One run of 120 s against an estimate of 30 s that counts as three.
        expect(learnedOf(learning)?.duration.p50).to.be.closeTo((120 * 30 ** 3) ** (1 / 4), 1e-9);
      });
    }));

  it('takes a run that was ended by a deletion for a failed one, whatever its program exited with', () =>
    inFolder(async (root) => {
      await observing(root, async ({ look, pods, learning, stop, history }) => {
        const killed = pod('fit', true, ended('Succeeded', START - 60_000, START + 60_000));
        const deletion = {
          deletionTimestamp: new Date(START + 85_000).toISOString(),
          deletionGracePeriodSeconds: 30,
        };
        pods.observe('ADDED', { ...killed, metadata: { ...killed.metadata, ...deletion } });
        const tidied = pod('sum', true, ended('Succeeded', START - 60_000, START + 50_000));
        pods.observe('ADDED', { ...tidied, metadata: { ...tidied.metadata, ...deletion } });
        await look({ nodes: [], pods: [] });
        await stop();
        expect(learning.typeOf('lab', 'fit', 30)?.runs).to.equal(1);
        const { task, outcome } = await history.readTaskRuns();
        expect(task.map((name, i) => [name, outcome[i]]).sort()).to.deep.equal([
          ['fit/2', 'Failed'],
          ['sum/2', 'Succeeded'],
        ]);
      });
    }));
});
