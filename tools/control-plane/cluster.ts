/**
 * A local Kubernetes cluster of real components (kube-apiserver, etcd, kube-controller-manager, kube-scheduler) whose
 * nodes are played by KWOK.
 *
 * `startCluster` gives one that lives no longer than the process that asked for it: its supervisor (supervisor.ts) ends
 * everything and removes the folder when this process stops it, ends, or is killed. `startDetachedCluster` gives one
 * that stays until `stop`; `openCluster` finds it again from another process.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { resolveBinaries } from './binaries.ts';
import { clusterFiles, kubeletLabel, kubeletRunning, kubeletStopped } from './components.ts';
import type { ClusterFiles, ClusterSettings } from './components.ts';
import type { StartTimes } from './control-plane.ts';
import { runKubectl } from './kubectl.ts';
import { isAlive, removeCluster, signal, supervisorOf, sweep, temporaryPrefix } from './leftovers.ts';
import { nodeManifest } from './nodes.ts';
import type { NodeOptions } from './nodes.ts';
import { progressOn } from './progress.ts';
import type { Progress } from './progress.ts';
import type { SupervisorReport } from './supervisor.ts';

export type { NodeOptions, NodeTaint } from './nodes.ts';

/** How to start a cluster. */
export interface ClusterOptions {
  /** For the cluster's files: empty or not there yet, and removed at the end. A fresh temporary one unless given. */
  readonly folder?: string;
  /** Seconds without a heartbeat after which a node's Ready condition becomes Unknown; 16 unless given. */
  readonly nodeMonitorGraceSeconds?: number;
  /** klog's -v of the Kubernetes components; 1 unless given. */
  readonly logLevel?: number;
  /** Where the progress of a build is told; standard error unless given. */
  readonly progress?: Progress;
}

const stopTimeoutMs = 60_000;
const nodeTimeoutSeconds = 60;

/** A running cluster. */
export class Cluster {
  /** Everything the cluster writes; removed when it stops. */
  readonly folder: string;
  /** Path of the admin's kubeconfig. */
  readonly kubeconfig: string;
  /** The API server's URL. */
  readonly url: string;
  /** How long the start took; absent for a cluster that was found running. */
  readonly times: StartTimes | undefined;
  /** Path of the kubectl that fits the API server. */
  readonly kubectlPath: string;
  readonly #end: () => Promise<void>;
  #stopped: Promise<void> | undefined;

  constructor(folder: string, url: string, kubectl: string, end: () => Promise<void>, times?: StartTimes) {
    this.folder = folder;
    this.kubeconfig = clusterFiles(folder).kubeconfig;
    this.url = url;
    this.times = times;
    this.kubectlPath = kubectl;
    this.#end = end;
  }

  /** The variables that point a child process at this cluster; spread them over `process.env`. */
  env(): Record<string, string> {
    const path = process.env.PATH ?? '';
    return {
      KUBECONFIG: this.kubeconfig,
      // Discovery is cached by host and port, which the next cluster may have again.
      KUBECACHEDIR: clusterFiles(this.folder).kubectlCache,
      PATH: [path, dirname(this.kubectlPath)].join(delimiter),
    };
  }

  /** Runs kubectl as admin; returns standard output, fails with standard error. */
  async kubectl(args: readonly string[], stdin?: string): Promise<string> {
    return await runKubectl(this.kubectlPath, args, this.env(), stdin);
  }

  /** Adds a node and waits until pods can be scheduled to it. */
  async addNode(node: NodeOptions): Promise<void> {
    await this.addNodes([node]);
  }

  /** Adds nodes in one request each and waits for all: much quicker than one after the other. */
  async addNodes(nodes: readonly NodeOptions[]): Promise<void> {
    const list = { apiVersion: 'v1', kind: 'List', items: nodes.map(nodeManifest) };
    await this.kubectl(['create', '-f', '-'], JSON.stringify(list));
    await this.#waitForReady(nodes.map((node) => node.name));
  }

  /**
   * Stops the node's kubelet: no heartbeat and no change to its pods from now on. Its Ready condition becomes Unknown
   * after the cluster's grace time; its pods stay as they are.
   */
  async failNode(name: string): Promise<void> {
    await this.kubectl(['label', '--overwrite', 'node', name, `${kubeletLabel}=${kubeletStopped}`]);
  }

  /** Starts the kubelet of a failed node again and waits until it is Ready. Pods that came due meanwhile end now. */
  async restoreNode(name: string): Promise<void> {
    await this.kubectl(['label', '--overwrite', 'node', name, `${kubeletLabel}=${kubeletRunning}`]);
    await this.#waitForReady([name]);
  }

  /** Deletes the Node object. */
  async deleteNode(name: string): Promise<void> {
    await this.kubectl(['delete', 'node', name]);
  }

  /** Ends all components in order and removes the folder. Repeated calls wait for the same end. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  /** Ready, and rid of the taints by which the scheduler holds pods off a node that is not. */
  async #waitForReady(names: readonly string[]): Promise<void> {
    const deadline = performance.now() + nodeTimeoutSeconds * 1_000;
    for (;;) {
      const answer = await this.kubectl(['get', 'nodes', '-o', 'json']);
      const { items } = JSON.parse(answer) as { items: NodeState[] };
      const ready = new Set(items.filter(isReady).map((node) => node.metadata.name));
      const waiting = names.filter((name) => !ready.has(name));
      if (waiting.length === 0) return;
      if (performance.now() > deadline) {
        const log = join(clusterFiles(this.folder).logs, 'kwok.log');
        throw new Error(
          `Not Ready after ${String(nodeTimeoutSeconds)} s: ${waiting.join(', ')}. KWOK's log is ${log}.`,
        );
      }
      await sleep(150);
    }
  }
}

/** The parts of a Node that say whether it is ready. */
interface NodeState {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly taints?: readonly { readonly key: string }[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

function isReady(node: NodeState): boolean {
  const ready = (node.status.conditions ?? []).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
  const heldOff = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
  return ready && !(node.spec.taints ?? []).some(({ key }) => heldOff.includes(key));
}

/** Starts a cluster that ends with this process. Resolves when its API and its controllers work. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  return await start(options, 'attached');
}

/** Starts a cluster in `folder` that stays when this process ends. */
export async function startDetachedCluster(
  options: ClusterOptions & { readonly folder: string },
): Promise<Cluster> {
  return await start(options, 'detached');
}

/** The running detached cluster in `folder`, if there is one. */
export async function openCluster(folder: string): Promise<Cluster | undefined> {
  const path = resolve(folder);
  const files = clusterFiles(path);
  const pid = await supervisorOf(path);
  const url = await readUrl(files);
  if (pid === undefined || url === undefined) return undefined;
  const settings = JSON.parse(await readFile(files.settings, 'utf8')) as ClusterSettings;
  return new Cluster(path, url, settings.binaries.kubectl, () => endDetached(path, { pid }));
}

async function start(options: ClusterOptions, mode: 'attached' | 'detached'): Promise<Cluster> {
  const binaries = await resolveBinaries(process.env, options.progress ?? progressOn());
  const temporary = await realpath(tmpdir());
  await sweep(temporary);
  const folder = await prepareFolder(options.folder, temporary);
  const settings: ClusterSettings = {
    binaries,
    nodeMonitorGraceSeconds: options.nodeMonitorGraceSeconds ?? 16,
    logLevel: options.logLevel ?? 1,
  };
  const files = clusterFiles(folder);
  await writeFile(files.settings, JSON.stringify(settings, undefined, 2));
  const supervisor = spawnSupervisor(folder, mode);
  const report = await readReport(supervisor, folder);
  if (report.state === 'failed') {
    await removeAfter(supervisor, folder);
    throw new Error(`The local control plane did not start. ${report.message}`);
  }
  supervisor.unref();
  const end = mode === 'attached' ? endAttached : endDetached;
  const url = (await readUrl(files)) ?? '';
  return new Cluster(folder, url, binaries.kubectl, () => end(folder, supervisor), report.times);
}

/** The API server's URL as the kubeconfig has it; undefined while the cluster has none. */
async function readUrl(files: ClusterFiles): Promise<string | undefined> {
  return /server: "(\S+)"/.exec(await readFile(files.kubeconfig, 'utf8').catch(() => ''))?.[1];
}

async function prepareFolder(wanted: string | undefined, temporary: string): Promise<string> {
  if (wanted === undefined) return await mkdtemp(join(temporary, temporaryPrefix(process.pid)));
  const folder = resolve(wanted);
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) {
    throw new Error(
      `${folder} is not empty. A cluster needs a folder of its own, because it is removed at the end.`,
    );
  }
  return folder;
}

function spawnSupervisor(folder: string, mode: 'attached' | 'detached'): ChildProcess {
  const log = openSync(join(folder, 'supervisor.log'), 'a');
  try {
    return spawn(process.execPath, [join(import.meta.dirname, 'supervisor.ts'), folder, mode], {
      // Its own session: a Ctrl-C in the terminal goes to the owner only, and the supervisor then stops in order.
      detached: true,
      stdio: [mode === 'attached' ? 'pipe' : 'ignore', 'pipe', log],
    });
  } finally {
    closeSync(log);
  }
}

/** The supervisor's one line. While it is awaited the process stays alive; afterwards nothing of it is held. */
async function readReport(supervisor: ChildProcess, folder: string): Promise<SupervisorReport> {
  const { stdout } = supervisor;
  if (stdout === null) throw new Error('The supervisor has no standard output.');
  try {
    for await (const line of createInterface({ input: stdout })) return JSON.parse(line) as SupervisorReport;
  } finally {
    stdout.destroy();
  }
  const log = await readFile(join(folder, 'supervisor.log'), 'utf8').catch(() => '');
  return { state: 'failed', message: `The supervisor ended before it was ready. ${log}`.trim() };
}

/** Ends a detached cluster: asks its supervisor, waits, and takes away what it may have left. */
async function endDetached(folder: string, supervisor: { readonly pid?: number }): Promise<void> {
  const { pid } = supervisor;
  if (pid !== undefined) {
    signal(pid, 'SIGTERM');
    const deadline = performance.now() + stopTimeoutMs;
    while (isAlive(pid) && performance.now() < deadline) await sleep(50);
  }
  await removeCluster(folder);
}

/** Ends an attached cluster: closes the pipe to its supervisor, waits, and takes away what it may have left. */
async function endAttached(folder: string, supervisor: ChildProcess): Promise<void> {
  supervisor.ref();
  supervisor.stdin?.end();
  await removeAfter(supervisor, folder);
}

async function removeAfter(supervisor: ChildProcess, folder: string): Promise<void> {
  if (supervisor.exitCode === null && supervisor.signalCode === null) {
    const exited = new Promise<void>((done) => supervisor.once('exit', () => done()));
    await Promise.race([exited, sleep(stopTimeoutMs, undefined, { ref: false })]);
  }
  await removeCluster(folder);
}
