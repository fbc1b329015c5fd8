/**
 * The main job, told as it happens: history → forecasts → workflows → plans → Jobs → a node fails → reshard → success.
 *
 * Everything it starts lives in one folder and stays for a look; `removeDemo` ends all of it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { NodeForecast, ShardPlan, Workflow } from '../../src/api/types.generated.ts';
import { DEFAULT_GPU_RESOURCE } from '../../src/api/constants.ts';
import { capacityOf } from '../../src/controllers/gather/nodes.ts';
import { conditionOf, type Node } from '../../src/controllers/gather/kubernetes.ts';
import { messageOf } from '../../src/runtime/index.ts';
import { openCluster, startDetachedCluster } from '../control-plane/cluster.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { removeCluster } from '../control-plane/leftovers.ts';
import { exampleNodes, nodeManifest } from '../control-plane/nodes.ts';
import { installOperator } from '../operator/install.ts';
import { Attempts, nameOf } from './attempts.ts';
import type { LoadReport, LoadSettings } from './load.ts';
import { startOperator } from './operator.ts';
import { firstReport, memoryOf, startBackground, stopBackground, tail } from './processes.ts';
import type { Background } from './processes.ts';
import { completionOf, ganttKey, ganttOf, reshardsOf } from './report.ts';
import { chooseVictim } from './victim.ts';

const samples = relative('.', fileURLToPath(new URL('../../samples', import.meta.url)));

/** A node is Unknown after so long a silence. Short, so that the demo is. */
const nodeMonitorGraceSeconds = 8;
const forecastTimeoutSeconds = 60;
const runTimeoutSeconds = 240;
const pollMs = 500;

export interface DemoOptions {
  /** For everything that the demo writes; absolute. */
  readonly folder: string;
  /** A directory of recorded series, one Parquet file a node; without it load is generated. */
  readonly traces: string | undefined;
  readonly nodes: number;
  readonly days: number;
  readonly seed: number;
  /** Tells one line; the demo's only output. */
  readonly tell: (line: string) => void;
  /** Aborted when the user wants no more of it. */
  readonly signal: AbortSignal;
}

/** Resolves when every workflow of samples/ has succeeded, on a plan that was resharded; fails otherwise. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { folder, tell } = options;
  await removeDemo(folder);
  const begun = performance.now();
  const cluster = await startCluster(options);
  const load = await startLoad(options);
  await installOperator(cluster);
  const operator = await startOperator(cluster, folder, historyFolder(folder), load.url);
  tell('The operator runs as a process of its own, with the rights of config/rbac.');
  try {
    await forecastsOf(cluster, options);
    const attempts = await runSamples(cluster, options);
    await report(cluster, attempts, tell);
    await tellMemory(operator, tell);
  } catch (error) {
    options.signal.throwIfAborted();
    throw new Error(`${messageOf(error)}\nThe last lines of ${operator.log}:\n${await tail(operator.log)}`, {
      cause: error,
    });
  }
  tell(`Done in ${secondsSince(begun)} s.`);
  tell('');
  tell('Everything is still there. Look around, then remove it:');
  tell(`  export KUBECONFIG='${cluster.kubeconfig}' PATH="$PATH:${dirname(cluster.kubectlPath)}"`);
  tell('  kubectl get shardplans diamond -o yaml');
  tell('  make demo-down');
}

/** Ends every process of the demo and removes its folder. Returns whether there was anything. */
export async function removeDemo(folder: string): Promise<boolean> {
  const cluster = await openCluster(clusterFolder(folder));
  await stopBackground(folder);
  await cluster?.stop();
  await removeCluster(folder);
  return cluster !== undefined;
}

const clusterFolder = (folder: string): string => join(folder, 'cluster');
const historyFolder = (folder: string): string => join(folder, 'history');

async function startCluster({ folder, nodes, tell }: DemoOptions): Promise<Cluster> {
  const cluster = await startDetachedCluster({ folder: clusterFolder(folder), nodeMonitorGraceSeconds });
  const wanted = exampleNodes(nodes);
  await cluster.addNodes(wanted);
  const gpus = wanted.filter((node) => node.gpus !== undefined).length;
  tell(
    `A control plane is up: kube-apiserver, etcd, kube-controller-manager, kube-scheduler, ${nodes} nodes`,
  );
  tell(`of unequal size (${gpus} with GPUs; KWOK plays their kubelets).`);
  return cluster;
}

async function startLoad(options: DemoOptions): Promise<{ readonly url: string }> {
  const { folder, tell } = options;
  const nodeSettings = { gpuResourceName: DEFAULT_GPU_RESOURCE, defaultNetworkBandwidth: 1e9 };
  const settings: LoadSettings = {
    nodes: exampleNodes(options.nodes).map((node) => ({
      name: node.name,
      capacity: capacityOf(nodeManifest(node) as Node, nodeSettings),
    })),
    history: historyFolder(folder),
    prometheus: join(folder, 'prometheus'),
    ...(options.traces === undefined ? {} : { traces: options.traces }),
    seed: options.seed,
    days: options.days,
  };
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'load.json');
  await writeFile(file, JSON.stringify(settings));
  const main = fileURLToPath(new URL('load.ts', import.meta.url));
  const answer = await firstReport<LoadReport>(startBackground(folder, 'load', [main, file]));
  if (answer.state === 'failed') throw new Error(`The nodes' load could not be played: ${answer.message}`);
  tell(`History: ${answer.history.join('\n         ')}.`);
  const { withoutPrometheus } = answer;
  if (withoutPrometheus === undefined) tell('A Prometheus scrapes what the nodes go on to do.');
  else tell(`The replayer answers in Prometheus' place: ${withoutPrometheus}.`);
  return answer;
}

async function forecastsOf(cluster: Cluster, options: DemoOptions): Promise<void> {
  const begun = performance.now();
  const isReady = ({ status }: NodeForecast): boolean =>
    (status?.conditions ?? []).some(
      ({ type, status: is, reason }) => type === 'Ready' && is === 'True' && reason !== 'OnlyPrior',
    );
  for (;;) {
    options.signal.throwIfAborted();
    const forecasts = await list<NodeForecast>(cluster, 'nodeforecasts');
    if (forecasts.length === options.nodes && forecasts.every(isReady)) return;
    if (secondsSince(begun) > forecastTimeoutSeconds) {
      const ready = forecasts.filter(isReady).length;
      throw new Error(
        `After ${forecastTimeoutSeconds} s ${ready} of ${options.nodes} nodes have a forecast from history.`,
      );
    }
    await sleep(pollMs);
  }
}

/** Applies the samples, lets a node fail, and waits for all to succeed. */
async function runSamples(cluster: Cluster, options: DemoOptions): Promise<Attempts> {
  const { tell, signal } = options;
  tell('');
  await show(cluster, ['get', 'nodeforecasts'], tell);
  await show(cluster, ['apply', '--server-side', '-f', samples], tell);
  const attempts = new Attempts();
  const begun = performance.now();
  let victim: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const workflows = await list<Workflow>(cluster, 'workflows.foreshard.dev');
    for (const { workflow, task, number, node, state } of attempts.observe(workflows, Date.now()))
      tell(
        `${seconds(begun)}  ${workflow}/${task}  ${state} on ${node}${number > 1 ? `, attempt ${number}` : ''}`,
      );
    if (victim === undefined) {
      victim = chooseVictim(workflows, Date.now());
      if (victim !== undefined) {
        await cluster.failNode(victim);
        tell(`${seconds(begun)}  *** ${victim} fails: its kubelet is silent from now on ***`);
      }
    }
    if (workflows.length > 0 && workflows.every((w) => is(w, 'Succeeded'))) break;
    const stuck = workflows.find((w) => is(w, 'Stalled'));
    if (stuck !== undefined)
      throw new Error(`${nameOf(stuck)} is Stalled: ${conditionOf(stuck, 'Stalled')?.message ?? ''}`);
    if (secondsSince(begun) > runTimeoutSeconds) {
      const open = workflows.filter((w) => !is(w, 'Succeeded')).map(nameOf);
      throw new Error(`Not succeeded after ${runTimeoutSeconds} s: ${open.join(', ')}.`);
    }
    await sleep(pollMs);
  }
  const plans = await list<ShardPlan>(cluster, 'shardplans');
  if (!plans.some((plan) => (plan.status?.reshards ?? []).some(({ node }) => node === victim)))
    throw new Error(`No plan was resharded although ${victim ?? 'no node'} failed.`);
  return attempts;
}

async function report(cluster: Cluster, attempts: Attempts, tell: DemoOptions['tell']): Promise<void> {
  tell('');
  await show(cluster, ['get', 'nodeforecasts,shardplans,workflows.foreshard.dev', '-A'], tell);
  await show(
    cluster,
    [
      'get',
      'events',
      '-A',
      '--sort-by=.metadata.creationTimestamp',
      '--field-selector=reportingComponent=foreshard.dev/operator',
    ],
    tell,
  );
  const plans = await list<ShardPlan>(cluster, 'shardplans');
  const workflows = new Map(
    (await list<Workflow>(cluster, 'workflows.foreshard.dev')).map((w) => [nameOf(w), w]),
  );
  tell('Reshards:');
  for (const line of plans.flatMap(reshardsOf)) tell(`  ${line}`);
  tell('');
  tell(`Plan against run: ${ganttKey}`);
  for (const plan of plans) {
    const workflow = workflows.get(`${plan.metadata.namespace ?? ''}/${plan.spec.workflowRef.name}`);
    if (workflow === undefined) continue;
    tell('');
    tell(`${nameOf(workflow)}: ${completionOf(plan, workflow)}`);
    for (const line of ganttOf(plan, attempts.of(nameOf(workflow)))) tell(`  ${line}`);
  }
  tell('');
}

async function tellMemory({ pid }: Background, tell: DemoOptions['tell']): Promise<void> {
  const memory = await memoryOf(pid);
  if (memory === undefined) return;
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  tell(`The operator holds ${mebibytes(memory.now)} of memory (at most ${mebibytes(memory.most)}).`);
}

async function show(cluster: Cluster, args: readonly string[], tell: DemoOptions['tell']): Promise<void> {
  tell(`$ kubectl ${args.join(' ')}`);
  for (const line of (await cluster.kubectl(args)).trimEnd().split('\n')) tell(line);
  tell('');
}

async function list<T>(cluster: Cluster, kind: string): Promise<T[]> {
  const answer = JSON.parse(await cluster.kubectl(['get', kind, '-A', '-o', 'json'])) as { items: T[] };
  return answer.items;
}

function is(workflow: Workflow, type: string): boolean {
  return conditionOf(workflow, type)?.status === 'True';
}

function secondsSince(begun: number): number {
  return Math.round((performance.now() - begun) / 1000);
}

function seconds(begun: number): string {
  return `${String(secondsSince(begun)).padStart(4)} s`;
}
