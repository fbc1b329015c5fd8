/**
 * What node-exporter and a kubelet's cAdvisor show of a node that does not exist, with all that goes wrong in real
 * ones: counters that begin anew, a container that is restarted, everything shown twice. Rates are known exactly.
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export const INVENTED = {
  node: 'invented',
  /** Cores, of which the pod's are a part. */
  nodeCores: 6,
  podCores: 2,
  memory: 30e9,
  podMemory: 5e9,
  /** Bytes per second, each way. */
  nodeBytes: 4e6,
  podBytes: 1e6,
} as const;

/** Longer than the scrape interval, shorter than the window: counters begin anew again and again. */
const RESET_SECONDS = 7;

type Labels = Readonly<Record<string, string>>;

export class InventedNode {
  readonly #server: Server;
  readonly #startedAt = performance.now();

  private constructor(replica: string) {
    this.#server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(this.#exposition(replica));
    });
  }

  /** @param replica a label that everything carries, as two scrapers of one target add */
  static async start(replica: string): Promise<InventedNode> {
    const exporter = new InventedNode(replica);
    await new Promise<void>((resolve) => exporter.#server.listen(0, '127.0.0.1', resolve));
    return exporter;
  }

  get target(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #exposition(replica: string): string {
    const up = (performance.now() - this.#startedAt) / 1000;
    const sinceReset = up % RESET_SECONDS;
    const lives = Math.floor(up / RESET_SECONDS);
    const host = { instance: 'invented:9100' };
    const pod = { namespace: 'lab', pod: 'fit.1' };
    const { node, nodeCores, podCores, memory, podMemory, nodeBytes, podBytes } = INVENTED;
    const samples: [string, Labels, number][] = [
      ['node_uname_info', { ...host, nodename: node }, 1],
      ['node_memory_MemTotal_bytes', host, 64e9],
      ['node_memory_MemAvailable_bytes', host, 64e9 - memory],
      ['container_memory_rss', { ...pod, container: 'main', id: `/pod/${lives}` }, podMemory],
      // The pod's whole cgroup and its pause container, which are no containers of its spec.
      ['container_memory_rss', { ...pod, id: '/pod' }, podMemory],
      ['container_memory_rss', { ...pod, container: 'POD', id: '/pod/pause' }, 1e6],
      ['container_cpu_usage_seconds_total', { ...pod, id: '/pod' }, up * podCores],
    ];
    for (const cpu of ['0', '1']) {
      const counter = (mode: string, rate: number): void =>
        void samples.push(['node_cpu_seconds_total', { ...host, cpu, mode }, sinceReset * rate]);
      counter('user', nodeCores / 4);
      counter('system', nodeCores / 4);
      counter('idle', 10);
      counter('iowait', 5);
    }
    // A restarted container is a new one: its id changes, and its counter begins anew.
    const main = { ...pod, container: 'main', id: `/pod/${lives}` };
    samples.push(['container_cpu_usage_seconds_total', main, sinceReset * podCores]);
    for (const direction of ['receive', 'transmit']) {
      const ofNode = `node_network_${direction}_bytes_total`;
      const ofPod = `container_network_${direction}_bytes_total`;
      samples.push(
        [ofNode, { ...host, device: 'eth0' }, sinceReset * nodeBytes],
        [ofNode, { ...host, device: 'lo' }, up * 1e9],
        [ofNode, { ...host, device: 'veth12' }, up * podBytes],
        [ofPod, { ...pod, interface: 'eth0', id: '/pod/pause' }, up * podBytes],
        [ofPod, { ...pod, interface: 'lo', id: '/pod/pause' }, up * 1e9],
      );
    }
    return samples.map(([name, labels, value]) => line(name, { ...labels, replica }, value)).join('');
  }
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
  return `${name}{${pairs.join(',')}} ${value}\n`;
}
