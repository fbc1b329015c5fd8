/**
 * A reflector of nodes against a fake API server, with times short enough for tests.
 */
import { type Fault, FakeApiServer, faults } from '../../support/fake-api-server.ts';
import {
  KubeClient,
  type KubeClientOptions,
  type KubernetesObject,
  Reflector,
  type ReflectorOptions,
  createEnvironment,
  resources,
} from '../../../src/runtime/index.ts';

export interface Node extends KubernetesObject {
  spec?: { unschedulable?: boolean; providerID?: string };
}

export const backoff = { baseMs: 20, maxMs: 200 };

export function clientOf(server: FakeApiServer, options: KubeClientOptions = {}): KubeClient {
  return new KubeClient(server.kubeConfig(), createEnvironment(), { requestTimeoutMs: 2000, ...options });
}

export class Harness {
  readonly server: FakeApiServer;
  readonly client: KubeClient;
  readonly reflector: Reflector<Node>;
  /** What handlers were told: `added a`, `deleted a`, … */
  readonly heard: string[] = [];
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    server: FakeApiServer,
    options: ReflectorOptions<Node> = {},
    clientOptions: KubeClientOptions = {},
  ) {
    this.server = server;
    this.client = clientOf(server, clientOptions);
    this.reflector = new Reflector<Node>(this.client, resources.nodes, { backoff, ...options });
    this.reflector.on({
      added: (node) => this.heard.push(`added ${nameOf(node)}`),
      updated: (node) => this.heard.push(`updated ${nameOf(node)}`),
      deleted: (node) => this.heard.push(`deleted ${nameOf(node)}`),
    });
  }

  start(): void {
    this.#running = this.reflector.run(this.#stop.signal);
  }

  async started(): Promise<void> {
    this.start();
    await this.reflector.waitForSync(AbortSignal.timeout(10_000));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.client.close();
  }

  names(): string[] {
    return this.reflector.store.keys().sort();
  }

  put(name: string, spec: Node['spec'] = {}): Node {
    return this.server.put<Node>(resources.nodes, { metadata: { name }, spec });
  }

  /** The value of a counter of this reflector. */
  async counted(metric: string, labels: Record<string, string> = {}): Promise<number> {
    const found = await this.client.env.metrics.registry.getSingleMetric(metric)?.get();
    const wanted = Object.entries({ name: this.reflector.name, ...labels });
    return (found?.values ?? [])
      .filter((value) =>
        wanted.every(([label, text]) => (value.labels as Record<string, unknown>)[label] === text),
      )
      .reduce((sum, { value }) => sum + value, 0);
  }
}

export function nameOf(object: KubernetesObject): string {
  return object.metadata?.name ?? '';
}

export function node(name: string, version: number, spec: Node['spec'] = {}): Node {
  return { metadata: { name, resourceVersion: String(version), uid: `uid-${name}` }, spec };
}

export { FakeApiServer, type Fault, faults };
