/**
 * The control plane of one cluster, as the supervisor process runs it: starts the components in order, tells when they
 * serve, and ends them in the reverse order.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

import { Component, ComponentError } from './component.ts';
import {
  apiServerCommand,
  clusterFiles,
  controllerManagerCommand,
  etcdCommand,
  etcdUrl,
  kwokCommand,
  schedulerCommand,
} from './components.ts';
import type { ClusterFiles, ClusterSettings, ComponentCommand, Ports } from './components.ts';
import { writeCredentials, writeKubeconfig } from './credentials.ts';
import { freePorts } from './ports.ts';

const portAttempts = 5;
const startTimeoutSeconds = 120;
const stopGraceSeconds = 10;

/** Seconds from the start of the components. */
export interface StartTimes {
  /** The API server answers /readyz. */
  readonly apiReadySeconds: number;
  /** The controllers work: the service account of a namespace is made. */
  readonly readySeconds: number;
}

/** The components that run, in the order of their start. */
export class ControlPlane {
  readonly #settings: ClusterSettings;
  readonly #files: ClusterFiles;
  readonly #running: Component[] = [];
  #stopping: Promise<void> | undefined;

  constructor(folder: string, settings: ClusterSettings) {
    this.#settings = settings;
    this.#files = clusterFiles(folder);
  }

  /** Starts everything; when it fails, the caller stops what runs. */
  async start(): Promise<StartTimes> {
    const begun = performance.now();
    const seconds = (): number => Math.round(performance.now() - begun) / 1_000;
    await mkdir(this.#files.logs, { recursive: true });
    const token = await writeCredentials(this.#files);
    const url = await this.#startServers(token);
    await writeKubeconfig(this.#files, url, token);
    const apiReadySeconds = seconds();
    const manager = this.#run(controllerManagerCommand(this.#settings, this.#files));
    this.#run(schedulerCommand(this.#settings, this.#files));
    this.#run(kwokCommand(this.#settings, this.#files));
    const account = `${url}/api/v1/namespaces/default/serviceaccounts/default`;
    await manager.ready(() => this.#answers(account, token), startTimeoutSeconds);
    return { apiReadySeconds, readySeconds: seconds() };
  }

  /** Resolves with the reason when a component ends that nobody stopped. */
  async failure(): Promise<string> {
    const [component, how] = await Promise.race(
      this.#running.map(async (component) => [component, await component.exited] as const),
    );
    // While stopping, ends are what was asked for.
    if (this.#stopping !== undefined) return await new Promise<string>(() => undefined);
    return new ComponentError(component.name, `ended (${how})`, component.logTail()).message;
  }

  /**
   * Ends the components, last started first, each waited for: an API server whose etcd went first does not finish its
   * graceful stop, and keeps its port.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (let component = this.#running.pop(); component !== undefined; component = this.#running.pop()) {
      await component.stop(stopGraceSeconds);
    }
  }

  /** Starts etcd and the API server; with other ports when a chosen one was taken meanwhile. Returns the URL. */
  async #startServers(token: string): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#tryServers(token);
      } catch (error) {
        if (!(error instanceof ComponentError && error.portTaken) || attempt === portAttempts) throw error;
        await this.#stopAll();
        await sleep(100 * attempt);
      }
    }
  }

  async #tryServers(token: string): Promise<string> {
    const [etcdClient = 0, etcdPeer = 0, apiServer = 0] = await freePorts(3);
    const ports: Ports = { etcdClient, etcdPeer, apiServer };
    const etcd = this.#run(etcdCommand(this.#settings, this.#files, ports));
    await etcd.ready(() => healthy(`${etcdUrl(ports)}/health`), startTimeoutSeconds);
    const url = `https://127.0.0.1:${String(apiServer)}`;
    const server = this.#run(apiServerCommand(this.#settings, this.#files, ports));
    await server.ready(() => this.#answers(`${url}/readyz`, token), startTimeoutSeconds);
    return url;
  }

  #run(command: ComponentCommand): Component {
    if (this.#stopping !== undefined) throw new Error('The cluster is being stopped.');
    const component = Component.start(command, this.#files.logs);
    this.#running.push(component);
    return component;
  }

  /** Whether a GET is answered with 200, by a server that holds this cluster's certificate. */
  async #answers(url: string, token: string): Promise<boolean> {
    let authority: Buffer;
    try {
      authority = await readFile(this.#files.servingCertificate);
    } catch {
      return false; // The API server has not made it yet.
    }
    return await new Promise((resolve) => {
      const headers = { authorization: `Bearer ${token}` };
      const sent = request(url, { ca: authority, headers, agent: false, timeout: 2_000 }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      });
      sent.on('timeout', () => sent.destroy());
      sent.on('error', () => resolve(false));
      sent.end();
    });
  }
}

async function healthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
