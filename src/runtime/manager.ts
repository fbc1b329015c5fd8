/**
 * Runs the parts of an operator together (controller-runtime's manager): endpoints and reflectors at once, what needs
 * the leader after the caches are filled and the lease is held; and stops them in the opposite order, the lease
 * last, so that no other process leads while this one still writes.
 *
 * A lost lease stops everything at once and is an error: the process must exit (an ex-leader that goes on reconciling
 * is Kyverno #5984). Ready does not mean leader: a standby is ready (Kueue #6006).
 */
import { abortReason } from './clock.ts';
import { type Check, type HttpEndpoint, startHealthServer, startMetricsServer } from './health.ts';
import type { KubeClient } from './kube-client.ts';
import {
  type ElectionOutcome,
  LeaderElector,
  type LeaderElectorOptions,
  LeaseLostError,
} from './leader-elector.ts';
import type { Logger } from './log.ts';
import type { Runnable } from './runnable.ts';

export interface ManagerOptions {
  /** Absent: there is one process only, and it leads. */
  leaderElection?: Omit<LeaderElectorOptions, 'onStartedLeading' | 'onStoppedLeading'> | undefined;
  /** Where /metrics is served, `:8080` for example; absent or '0': nowhere. */
  metricsAddress?: string | undefined;
  /** Where /healthz and /readyz are served; absent or '0': nowhere. */
  healthAddress?: string | undefined;
  /** At a stop, how long the parts may take to end. */
  gracefulStopMs?: number | undefined;
}

/**
 * How a run ended, and with which code the process should exit. Exit by process.exit: after a lost lease or a stop
 * that took too long, a reconcile that heeds no signal may still be running.
 */
export interface Exit {
  reason: 'stopped' | 'leaseLost' | 'failed' | 'stopTimedOut';
  code: number;
  error?: Error;
}

/** A part that others wait for, as a reflector. */
interface Cache extends Runnable {
  readonly hasSynced: boolean;
  waitForSync(signal: AbortSignal): Promise<void>;
}

/** By default nobody else leads within 5 s (lease duration less renew deadline) of a loss: be gone before. */
const afterLossMs = 2_000;

export class Manager {
  readonly #client: KubeClient;
  readonly #log: Logger;
  readonly #options: ManagerOptions;
  readonly #runnables: Runnable[] = [];
  readonly #elector: LeaderElector | undefined;
  readonly #healthChecks = new Map<string, Check>([['ping', () => undefined]]);
  readonly #readyChecks = new Map<string, Check>();
  readonly #addresses: { metrics?: string; health?: string } = {};
  #started = false;
  #leadsAlone = false;

  constructor(client: KubeClient, options: ManagerOptions = {}) {
    this.#client = client;
    this.#log = client.env.log.child('manager');
    this.#options = options;
    if (options.leaderElection !== undefined) {
      this.#elector = new LeaderElector(client, {
        ...options.leaderElection,
        onStartedLeading: () => this.#elected.resolve(undefined),
      });
    }
    this.#readyChecks.set('caches', () => {
      const waiting = this.#caches().filter((cache) => !cache.hasSynced);
      if (waiting.length > 0)
        throw new Error(`not filled yet: ${waiting.map((cache) => cache.name).join(', ')}`);
    });
  }

  readonly #elected = Promise.withResolvers<undefined>();

  /** True while this process may act as the leader. */
  get isLeader(): boolean {
    return this.#elector?.isLeader ?? this.#leadsAlone;
  }

  /** Where the endpoints listen, once the manager runs. */
  get addresses(): Readonly<{ metrics?: string; health?: string }> {
    return this.#addresses;
  }

  /** Adds parts to run. Those with `waitForSync` (reflectors) are waited for by those that need the leader. */
  add(...runnables: Runnable[]): this {
    if (this.#started) throw new Error('Parts must be added before the manager runs.');
    this.#runnables.push(...runnables);
    return this;
  }

  addHealthCheck(name: string, check: Check): this {
    this.#healthChecks.set(name, check);
    return this;
  }

  addReadyCheck(name: string, check: Check): this {
    this.#readyChecks.set(name, check);
    return this;
  }

  /** Runs until the signal is aborted, the lease is lost, or a part fails. Never throws; runs once. */
  async run(signal: AbortSignal): Promise<Exit> {
    this.#started = true;
    const endpoints: HttpEndpoint[] = [];
    try {
      await this.#listen(endpoints);
      return await this.#runParts(signal);
    } catch (error) {
      return failed(error);
    } finally {
      await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    }
  }

  async #runParts(signal: AbortSignal): Promise<Exit> {
    // The reason of a stop decides the exit: the caller's, a failed part, or the lost lease.
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const everywhereStop = new AbortController();
    const electionStop = new AbortController();

    const everywhere = this.#runnables.filter((part) => part.needsLeader !== true);
    const running = everywhere.map((part) => this.#guard(part, everywhereStop.signal, stop));
    const lost: { error?: LeaseLostError } = {};
    const election = this.#elect(electionStop.signal, () => {
      lost.error = new LeaseLostError('the lease was lost; another process may lead');
      stop.abort(lost.error);
    });
    const leading = this.#lead(stop);

    await aborted(stop.signal);
    const graceMs = this.#options.gracefulStopMs ?? 30_000;
    this.#log.info('Stopping', { reason: abortReason(stop.signal).message, graceMs });
    const inOrder = async (): Promise<void> => {
      await leading;
      electionStop.abort(stop.signal.reason);
      // Reflectors outlive the controllers, whose last reconciles still read; then nothing needs them.
      everywhereStop.abort(stop.signal.reason);
      await Promise.all([...running, election]);
    };
    const ending = await this.#within(graceMs, inOrder(), election);
    signal.removeEventListener('abort', onAbort);
    if (ending === 'late') {
      // The lease is not given back: what still runs may still write. It ends with the process.
      this.#log.error('Some parts did not stop in time');
      everywhereStop.abort(stop.signal.reason);
    }
    if (lost.error !== undefined) return { reason: 'leaseLost', code: 1, error: lost.error };
    if (stop.signal.reason !== signal.reason) return failed(stop.signal.reason);
    return ending === 'late' ? { reason: 'stopTimedOut', code: 1 } : { reason: 'stopped', code: 0 };
  }

  /** Starts what needs the leader, once this process leads and the caches are filled; settles when all of it ended. */
  async #lead(stop: AbortController): Promise<void> {
    const { signal } = stop;
    try {
      if (this.#elector !== undefined) await Promise.race([this.#elected.promise, aborted(signal)]);
      else this.#leadsAlone = true;
      await Promise.all(this.#caches().map((cache) => cache.waitForSync(signal)));
    } catch {
      return;
    }
    if (signal.aborted) return;
    const parts = this.#runnables.filter((part) => part.needsLeader === true);
    await Promise.all(parts.map((part) => this.#guard(part, signal, stop)));
    this.#leadsAlone = false;
  }

  async #elect(signal: AbortSignal, onLost: () => void): Promise<ElectionOutcome | undefined> {
    const outcome = await this.#elector?.run(signal);
    if (outcome === 'lost') onLost();
    return outcome;
  }

  /** Runs a part. One that fails, or ends although nobody told it to, stops the whole. */
  async #guard(part: Runnable, signal: AbortSignal, stop: AbortController): Promise<void> {
    try {
      await part.run(signal);
      if (!signal.aborted) throw new Error('it ended by itself');
    } catch (error) {
      if (signal.aborted) {
        this.#log.warn('A part failed while it stopped', { part: part.name, error });
        return;
      }
      this.#log.error('A part failed; the process stops', { part: part.name, error });
      const reason = error instanceof Error ? error.message : String(error);
      stop.abort(new Error(`${part.name}: ${reason}`, { cause: error }));
    }
  }

  async #listen(endpoints: HttpEndpoint[]): Promise<void> {
    const { metricsAddress = '0', healthAddress = '0' } = this.#options;
    if (metricsAddress !== '0') {
      const endpoint = await startMetricsServer(this.#client.env.metrics.registry, metricsAddress, this.#log);
      endpoints.push(endpoint);
      this.#addresses.metrics = endpoint.address;
    }
    if (healthAddress !== '0') {
      const checks = new Map([
        ['healthz', this.#healthChecks],
        ['readyz', this.#readyChecks],
      ]);
      const endpoint = await startHealthServer(checks, healthAddress, this.#log);
      endpoints.push(endpoint);
      this.#addresses.health = endpoint.address;
    }
  }

  #caches(): Cache[] {
    return this.#runnables.filter((part): part is Cache => 'waitForSync' in part);
  }

  /** Waits for the work, but no longer than `ms`, and no longer than is safe once the lease is lost. */
  async #within(
    ms: number,
    work: Promise<void>,
    election: Promise<ElectionOutcome | undefined>,
  ): Promise<'inTime' | 'late'> {
    const { clock } = this.#client.env;
    const late = Promise.withResolvers<'late'>();
    const timers = [clock.setTimer(() => late.resolve('late'), ms)];
    void election.then((outcome) => {
      if (outcome === 'lost') timers.push(clock.setTimer(() => late.resolve('late'), afterLossMs));
    });
    try {
      return await Promise.race([work.then(() => 'inTime' as const), late.promise]);
    } finally {
      for (const timer of timers) timer.cancel();
    }
  }
}

function failed(error: unknown): Exit {
  return { reason: 'failed', code: 1, error: error instanceof Error ? error : new Error(String(error)) };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
