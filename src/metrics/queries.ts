/**
 * The queries that are asked unless told otherwise: node-exporter and the NVIDIA DCGM exporter.
 *
 * Their metrics carry `instance`, and a `node` label only where the scrape configuration adds one (the Helm chart
 * kube-prometheus-stack does not do so for node-exporter, but its `nodename` is the node's name in most clusters).
 * So node-exporter's are joined with `node_uname_info`, and the label read is `nodename`.
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

/** Names each element by its machine: one `node_uname_info` for each instance. */
const byNodeName = (expression: string): string =>
  `sum by (nodename) ((${expression}) * on (instance) group_left (nodename) node_uname_info)`;

/** Not counted: loopback, and what only mirrors the physical devices' traffic. */
const VIRTUAL_DEVICES =
  'lo|veth.*|docker.*|br-.*|virbr.*|cni.*|cali.*|flannel.*|cilium.*|lxc.*|tunl.*|kube-.*|bond.*|vlan.*';

const BYTES_TO_BITS = 8;

export const DEFAULT_QUERIES: Readonly<Record<Resource, PrometheusQuery>> = {
  /** Cores that are not idle; waiting for a disk is idle too. */
  cpu: {
    query: byNodeName('sum by (instance) (rate(node_cpu_seconds_total{mode!~"idle|iowait|steal"}[2m]))'),
    nodeLabel: 'nodename',
  },
  /** What a new process could not get: the kernel's own estimate, caches that it can drop not counted. */
  memory: {
    query: byNodeName('node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes'),
    nodeLabel: 'nodename',
  },
  /** Devices in use, as the sum of their utilisation. A cluster that hands out whole devices asks for the share allocated. */
  gpu: {
    query: 'sum by (Hostname) (DCGM_FI_DEV_GPU_UTIL) / 100',
    nodeLabel: 'Hostname',
  },
  /** Received and sent. */
  network: {
    query: byNodeName(
      `sum by (instance) (rate(node_network_receive_bytes_total{device!~"${VIRTUAL_DEVICES}"}[2m]) + ` +
        `rate(node_network_transmit_bytes_total{device!~"${VIRTUAL_DEVICES}"}[2m]))`,
    ),
    nodeLabel: 'nodename',
    multiplier: BYTES_TO_BITS,
  },
};
