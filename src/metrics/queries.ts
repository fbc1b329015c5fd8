/**
 * The queries that are asked unless told otherwise: node-exporter and the NVIDIA DCGM exporter for nodes, cAdvisor
 * (in the kubelet) for pods.
 *
 * node-exporter's metrics carry `instance`, and a `node` label only where the scrape configuration adds one (the Helm
 * chart kube-prometheus-stack does not do so, but `nodename` is the node's name in most clusters). So they are joined
 * with `node_uname_info`, and the label read is `nodename`. A target that is scraped twice (by two jobs, or by the two
 * of a highly available pair behind Thanos) gives everything twice: `max by` the labels that tell two things apart
 * makes it one again.
 *
 * `rate` sees to counter resets, but divides what it knows by the whole window: a target that has only just been
 * found, or found again, would look idle. So a node's rate is asked for only where its counter was there at the
 * window's start too. A pod's is not: a pod that began within the window is to count for that part alone, as it does
 * in its node's rate.
 */
import type { Resource } from '../core/resources.ts';

export interface PrometheusQuery {
  /** PromQL that gives an instant vector with one element a node. Elements of one node are added up. */
  readonly query: string;
  /** Label that names the node; of a value `host:port` the host is taken. Default `node`. */
  readonly nodeLabel?: string;
  /** From the query's unit to the base unit; default 1. */
  readonly multiplier?: number;
}

export interface PrometheusPodQuery {
  /**
   * PromQL that gives an instant vector with one element a pod. Elements of one pod are added up. `$pods` stands for
   * a regular expression of the names of the pods that are asked for; without it those of the whole cluster are read.
   */
  readonly query: string;
  /** Labels that name the pod. Default `namespace` and `pod`. */
  readonly namespaceLabel?: string;
  readonly podLabel?: string;
  readonly multiplier?: number;
}

/** Names each element by its machine: one `node_uname_info` for each instance. */
const byNodeName = (expression: string): string =>
  `sum by (nodename) ((${expression}) * on (instance) group_left (nodename) ` +
  'max by (instance, nodename) (node_uname_info))';

/** Not counted: loopback, and what only mirrors the physical devices' traffic. */
const VIRTUAL_DEVICES =
  'lo|veth.*|docker.*|br-.*|virbr.*|cni.*|cali.*|flannel.*|cilium.*|lxc.*|tunl.*|vxlan.*|kube-.*|bond.*|vlan.*|' +
  'ifb.*|dummy.*';

const BYTES_TO_BITS = 8;

/** Of a node's counter over the window, where it was there all the time. */
const nodeRate = (counter: string, window: string): string =>
  `(rate(${counter}[${window}]) and ${counter} offset ${window})`;

/** @param windowSeconds over which rates are taken: at least two scrapes, better four */
export function defaultQueries(windowSeconds = 120): Readonly<Record<Resource, PrometheusQuery>> {
  const window = `${windowSeconds}s`;
  const cpu = nodeRate('node_cpu_seconds_total{mode!~"idle|iowait|steal"}', window);
  const bytesOf = (direction: 'receive' | 'transmit'): string => {
    const counter = `node_network_${direction}_bytes_total{device!~"${VIRTUAL_DEVICES}"}`;
    return `max by (instance, device) ${nodeRate(counter, window)}`;
  };
  return {
    /** Cores that are not idle; waiting for a disk is idle too. */
    cpu: {
      query: byNodeName(`sum by (instance) (max by (instance, cpu, mode) ${cpu})`),
      nodeLabel: 'nodename',
    },
    /** What a new process could not get: the kernel's own estimate, caches that it can drop not counted. */
    memory: {
      query: byNodeName('max by (instance) (node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes)'),
      nodeLabel: 'nodename',
    },
    /** Devices in use, as the sum of their utilisation. */
    gpu: {
      query: 'sum by (Hostname) (max by (Hostname, gpu) (DCGM_FI_DEV_GPU_UTIL)) / 100',
      nodeLabel: 'Hostname',
    },
    /** Received and sent. */
    network: {
      query: byNodeName(`sum by (instance) (${bytesOf('receive')} + ${bytesOf('transmit')})`),
      nodeLabel: 'nodename',
      multiplier: BYTES_TO_BITS,
    },
  };
}

/** @param windowSeconds as for nodes */
export function defaultPodQueries(
  windowSeconds = 120,
): Readonly<Partial<Record<Resource, PrometheusPodQuery>>> {
  const window = `${windowSeconds}s`;
  const bytesOf = (direction: 'receive' | 'transmit'): string =>
    'max by (namespace, pod, interface) ' +
    `(rate(container_network_${direction}_bytes_total{interface!="lo",pod=~"$pods"}[${window}]))`;
  return {
    /** `id` tells a container that was restarted from the one before, whose counter began anew. */
    cpu: {
      query:
        'sum by (namespace, pod) (max by (namespace, pod, container, id) ' +
        `(rate(container_cpu_usage_seconds_total{container!="",container!="POD",pod=~"$pods"}[${window}])))`,
    },
    /**
     * Anonymous memory. The working set, which kubectl top shows, holds file cache that the node counts as available:
     * taken from the node's load it would leave less than there is.
     */
    memory: {
      query:
        'sum by (namespace, pod) (max by (namespace, pod, container) ' +
        '(container_memory_rss{container!="",container!="POD",pod=~"$pods"}))',
    },
    network: {
      query: `sum by (namespace, pod) (${bytesOf('receive')} + ${bytesOf('transmit')})`,
      multiplier: BYTES_TO_BITS,
    },
  };
}
