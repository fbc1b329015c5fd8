/**
 * The command line of each component of the control plane, and where its files are. Pure: nothing is started here.
 *
 * Everything listens on 127.0.0.1, and what need not listen does not.
 */
import { join } from 'node:path';

import type { Binaries } from './binaries.ts';

/** The label by which KWOK knows its nodes, and its values. */
export const kubeletLabel = 'foreshard.dev/simulated-kubelet';
export const kubeletRunning = 'Running';
export const kubeletStopped = 'Stopped';

/** Ports on 127.0.0.1. */
export interface Ports {
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
}

/** What a cluster is started with; written to its folder for the supervisor. */
export interface ClusterSettings {
  readonly binaries: Binaries;
  /** How long a node's Lease may go unrenewed before its Ready condition becomes Unknown. */
  readonly nodeMonitorGraceSeconds: number;
  /** klog's -v of the Kubernetes components. */
  readonly logLevel: number;
}

/** A program and its arguments. */
export interface ComponentCommand {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The files of a cluster, all under its folder. */
export interface ClusterFiles {
  readonly settings: string;
  readonly kubeconfig: string;
  readonly tokens: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  readonly certificates: string;
  readonly servingCertificate: string;
  readonly etcdData: string;
  readonly logs: string;
  readonly kwokHome: string;
  readonly kubectlCache: string;
}

/** Where a cluster in `folder` keeps its files. */
export function clusterFiles(folder: string): ClusterFiles {
  const certificates = join(folder, 'certificates');
  return {
    settings: join(folder, 'settings.json'),
    kubeconfig: join(folder, 'kubeconfig'),
    tokens: join(folder, 'tokens.csv'),
    serviceAccountKey: join(certificates, 'service-account.key'),
    serviceAccountPublicKey: join(certificates, 'service-account.pub'),
    certificates,
    servingCertificate: join(certificates, 'apiserver.crt'),
    etcdData: join(folder, 'etcd'),
    logs: join(folder, 'logs'),
    kwokHome: join(folder, 'kwok'),
    kubectlCache: join(folder, 'kubectl-cache'),
  };
}

/** etcd. Its data dies with the cluster, so there is nothing that fsync could save, and a busy disk would slow it. */
export function etcdCommand(settings: ClusterSettings, files: ClusterFiles, ports: Ports): ComponentCommand {
  const client = etcdUrl(ports);
  const peer = `http://127.0.0.1:${String(ports.etcdPeer)}`;
  return {
    name: 'etcd',
    program: settings.binaries.etcd,
    args: [
      `--data-dir=${files.etcdData}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
  };
}

/** Where the API server and the health check reach etcd. */
export function etcdUrl(ports: Ports): string {
  return `http://127.0.0.1:${String(ports.etcdClient)}`;
}

/** The API server, with its default admission plugins; it makes its own serving certificate. */
export function apiServerCommand(
  settings: ClusterSettings,
  files: ClusterFiles,
  ports: Ports,
): ComponentCommand {
  return {
    name: 'kube-apiserver',
    program: settings.binaries['kube-apiserver'],
    args: [
      `--etcd-servers=${etcdUrl(ports)}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${String(ports.apiServer)}`,
      `--cert-dir=${files.certificates}`,
      `--token-auth-file=${files.tokens}`,
      '--authorization-mode=RBAC',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${files.serviceAccountPublicKey}`,
      `--service-account-signing-key-file=${files.serviceAccountKey}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      // The `kubernetes` Service would need endpoints, which may not be loopback addresses; nothing here uses them.
      '--endpoint-reconciler-type=none',
      '--profiling=false',
      `--v=${String(settings.logLevel)}`,
    ],
  };
}

const controllers = [
  'clusterrole-aggregation-controller',
  'deployment-controller',
  'garbage-collector-controller',
  'job-controller',
  'namespace-controller',
  'node-lifecycle-controller',
  'persistentvolume-binder-controller',
  'pod-garbage-collector-controller',
  'replicaset-controller',
  'root-ca-certificate-publisher-controller',
  'serviceaccount-controller',
  'taint-eviction-controller',
  'ttl-after-finished-controller',
];

/** With the controllers that Jobs, Deployments, nodes, namespaces and service accounts need. */
export function controllerManagerCommand(settings: ClusterSettings, files: ClusterFiles): ComponentCommand {
  const grace = settings.nodeMonitorGraceSeconds;
  return {
    name: 'kube-controller-manager',
    program: settings.binaries['kube-controller-manager'],
    args: [
      `--kubeconfig=${files.kubeconfig}`,
      '--leader-elect=false',
      '--secure-port=0',
      `--controllers=${controllers.join(',')}`,
      `--service-account-private-key-file=${files.serviceAccountKey}`,
      `--root-ca-file=${files.servingCertificate}`,
      `--node-monitor-grace-period=${String(grace)}s`,
      `--node-monitor-period=${String(Math.max(1, Math.min(5, Math.floor(grace / 8))))}s`,
      // Hundreds of Jobs in a test should wait for the cluster, not for the client's own limit (20 a second).
      '--kube-api-qps=200',
      '--kube-api-burst=400',
      '--profiling=false',
      `--v=${String(settings.logLevel)}`,
    ],
  };
}

/** The scheduler, with its default profile. */
export function schedulerCommand(settings: ClusterSettings, files: ClusterFiles): ComponentCommand {
  return {
    name: 'kube-scheduler',
    program: settings.binaries['kube-scheduler'],
    args: [
      `--kubeconfig=${files.kubeconfig}`,
      '--leader-elect=false',
      '--secure-port=0',
      '--profiling=false',
      `--v=${String(settings.logLevel)}`,
    ],
  };
}

/**
 * KWOK, the kubelets of all nodes with the label. A label, not an annotation: when an annotation goes, KWOK 0.7 filters
 * the update out and goes on renewing the node's Lease; when a label goes, the watch itself reports a deletion.
 */
export function kwokCommand(settings: ClusterSettings, files: ClusterFiles): ComponentCommand {
  const stages = join(import.meta.dirname, 'stages');
  return {
    name: 'kwok',
    program: settings.binaries.kwok,
    args: [
      `--kubeconfig=${files.kubeconfig}`,
      `--config=${join(stages, 'node.yaml')}`,
      `--config=${join(stages, 'pod.yaml')}`,
      `--manage-nodes-with-label-selector=${kubeletLabel}=${kubeletRunning}`,
      `--node-lease-duration-seconds=${String(leaseSeconds(settings.nodeMonitorGraceSeconds))}`,
      // No node has this address (RFC 5737), so a stage can tell a node that is not KWOK's any more (stages/pod.yaml).
      '--node-ip=192.0.2.1',
      '--cidr=10.244.0.1/16',
      // No kubelet server: it would listen on all interfaces.
      '--node-port=0',
      '--server-address=',
      '--v=WARN',
    ],
    env: { KWOK_WORKDIR: files.kwokHome },
  };
}

/**
 * The Lease's duration, seconds. KWOK renews every quarter of it, so three renewals may be late before the grace is
 * over (kubelet: 40 s, renewed every 10, grace 50).
 */
export function leaseSeconds(nodeMonitorGraceSeconds: number): number {
  return Math.max(4, Math.floor(nodeMonitorGraceSeconds * 0.75));
}
