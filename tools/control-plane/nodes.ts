/**
 * The nodes of a local cluster: what a kubelet would register, with KWOK in the kubelet's place.
 */
import { createHash } from 'node:crypto';

import { kubeletLabel, kubeletRunning } from './components.ts';

/** A node to add. Quantities as in Kubernetes: cpu "16", memory "64Gi". */
export interface NodeOptions {
  readonly name: string;
  readonly cpu: string | number;
  readonly memory: string;
  /** Devices of the extended resource `nvidia.com/gpu`. */
  readonly gpus?: number;
  /** Further extended resources, by name: as many devices. */
  readonly extended?: Readonly<Record<string, number>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly taints?: readonly NodeTaint[];
}

/** A taint as in `spec.taints`. */
export interface NodeTaint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** The Node object that registers a node; its status has no conditions until KWOK posts them. */
export function nodeManifest(options: NodeOptions): Record<string, unknown> {
  const resources = {
    cpu: String(options.cpu),
    memory: options.memory,
    pods: '110',
    ...Object.fromEntries(
      Object.entries(options.extended ?? {}).map(([name, count]) => [name, String(count)]),
    ),
    ...(options.gpus ? { 'nvidia.com/gpu': String(options.gpus) } : {}),
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: options.name,
      labels: {
        'kubernetes.io/hostname': options.name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        [kubeletLabel]: kubeletRunning,
        ...options.labels,
      },
      annotations: options.annotations ?? {},
    },
    spec: options.taints === undefined ? {} : { taints: options.taints },
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [
        { type: 'InternalIP', address: address(options.name) },
        { type: 'Hostname', address: options.name },
      ],
      nodeInfo: {
        architecture: 'amd64',
        operatingSystem: 'linux',
        kubeletVersion: 'kwok',
        kubeProxyVersion: '',
        containerRuntimeVersion: 'kwok',
        kernelVersion: '',
        osImage: '',
        bootID: '',
        machineID: '',
        systemUUID: '',
      },
    },
  };
}

/** An address in 10.128.0.0/9 that follows from the name. Nothing is sent to it, so two alike would do no harm. */
function address(name: string): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(name).digest();
  return `10.${String(128 + (a % 128))}.${String(b)}.${String(c)}`;
}

const shapes: readonly Omit<NodeOptions, 'name'>[] = [
  { cpu: 4, memory: '16Gi', annotations: { 'foreshard.dev/network-bandwidth': '1G' } },
  { cpu: 8, memory: '32Gi', annotations: { 'foreshard.dev/network-bandwidth': '2500M' } },
  { cpu: 16, memory: '64Gi', annotations: { 'foreshard.dev/network-bandwidth': '10G' } },
  { cpu: 16, memory: '64Gi', gpus: 2, annotations: { 'foreshard.dev/network-bandwidth': '10G' } },
];

/** `count` nodes of unequal size, every fourth with two GPUs: node-1, node-2, … */
export function exampleNodes(count: number): NodeOptions[] {
  return Array.from({ length: count }, (_, index) => {
    const shape = shapes[index % shapes.length] ?? { cpu: 4, memory: '16Gi' };
    return { name: `node-${String(index + 1)}`, ...shape };
  });
}
