/**
 * One real cluster for all tests of a mocha process: started by the first test that asks, stopped after the last one.
 *
 * A test keeps to a namespace of its own (`withNamespace`) and to nodes with names of its own, and so can share it.
 * Call `sharedCluster()` in a `before` hook whose timeout is `clusterStartTimeoutMs`.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { KubeConfig } from '@kubernetes/client-node';

import { startCluster } from '../../tools/control-plane/cluster.ts';
import type { Cluster } from '../../tools/control-plane/cluster.ts';

/** Enough on a busy machine when the programs are there; `npm run cluster -- build` sees to that beforehand. */
export const clusterStartTimeoutMs = 120_000;

/** The shared cluster's node grace: a failed node is Unknown after 6 to 8 s. */
const nodeMonitorGraceSeconds = 6;

let shared: Promise<Cluster> | undefined;
let namespaces = 0;

/** The cluster that all tests of this process share. */
export function sharedCluster(): Promise<Cluster> {
  shared ??= startCluster({ nodeMonitorGraceSeconds });
  return shared;
}

// Imported at the top of a test file, this is a hook of the root suite: it runs once, after all tests.
after('stop the shared cluster', async function () {
  this.timeout(clusterStartTimeoutMs);
  const cluster = await shared?.catch(() => undefined);
  await cluster?.stop();
});

/** client-node's configuration for a cluster, as admin. */
export function loadKubeConfig(cluster: Cluster): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  return config;
}

/** Runs `work` in a namespace made for it, whose pods can be created; deletes it afterwards, without waiting. */
export async function withNamespace<T>(
  cluster: Cluster,
  work: (namespace: string) => Promise<T>,
): Promise<T> {
  const namespace = `test-${String(process.pid)}-${String(++namespaces)}`;
  await cluster.kubectl(['create', 'namespace', namespace]);
  try {
    // Without its default service account a namespace refuses pods.
    await cluster.kubectl([
      'wait',
      '--for=create',
      'serviceaccount/default',
      `--namespace=${namespace}`,
      '--timeout=30s',
    ]);
    return await work(namespace);
  } finally {
    await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  }
}

/** Reads until `accept` says yes, and returns what was read; fails with the last value, described by `what`. */
export async function eventually<T>(
  what: string,
  read: () => Promise<T>,
  accept: (value: T) => boolean,
  timeoutSeconds = 20,
): Promise<T> {
  const deadline = performance.now() + timeoutSeconds * 1_000;
  for (;;) {
    const value = await read();
    if (accept(value)) return value;
    if (performance.now() > deadline) {
      throw new Error(
        `Not so after ${String(timeoutSeconds)} s: ${what}. Last seen: ${JSON.stringify(value)}`,
      );
    }
    await sleep(200);
  }
}
