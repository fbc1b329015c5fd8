/**
 * Leader election over a Lease (coordination.k8s.io/v1), as client-go's tools/leaderelection does it.
 *
 * Clocks of different machines are never compared: a candidate notes, by its own monotonic clock, when it last saw
 * the lease change, and takes it only after it has seen no change for the lease's duration. The leader counts its
 * renew deadline from when it *sent* the last renewal that succeeded, and the deadline is shorter than the duration;
 * so it has stopped before another may start, whatever the network does. The update carries the resourceVersion that
 * was read, so of two candidates one gets a conflict.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { isAlreadyExists, isConflict, isNotFound } from './api-error.ts';
import type { KubeClient } from './kube-client.ts';
import { type Logger, messageOf } from './log.ts';
import { microTime } from './micro-time.ts';
import { jittered } from './random.ts';
import { type KubernetesObject, resources } from './types.ts';

interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

interface Lease extends KubernetesObject {
  spec?: LeaseSpec;
}

export interface LeaderElectorOptions {
  namespace: string;
  name: string;
  /** Unique to the process; the host's name and a random part by default. */
  identity?: string | undefined;
  /** Others wait this long after the last renewal that they saw. */
  leaseDurationMs?: number | undefined;
  /** The leader gives up when it could not renew for this long; less than the duration. */
  renewDeadlineMs?: number | undefined;
  /** Between tries; less than the deadline. */
  retryPeriodMs?: number | undefined;
  onStartedLeading?: (() => void) | undefined;
  onStoppedLeading?: (() => void) | undefined;
  /** Whenever another identity is seen to hold the lease, this process's own included. */
  onNewLeader?: ((identity: string) => void) | undefined;
}

/** How an elector's run ended: it gave the lease back, it lost it, or it was stopped before it had it. */
export type ElectionOutcome = 'released' | 'lost' | 'neverLed';

/** The reason of signals that are aborted because another process may be leading. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

export class LeaderElector {
  readonly identity: string;
  readonly #client: KubeClient;
  readonly #log: Logger;
  readonly #options: LeaderElectorOptions;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  #leading = false;
  /** The lease as last seen, and when that state of it was first seen (monotonic). */
  #observed: Lease | undefined;
  #observedAt = 0;
  /** When the last renewal that succeeded was sent (monotonic). */
  #renewedAt = 0;
  #announced: string | undefined;

  constructor(client: KubeClient, options: LeaderElectorOptions) {
    const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options;
    if (!(retryPeriodMs < renewDeadlineMs && renewDeadlineMs < leaseDurationMs)) {
      throw new Error(
        'Leader election needs retryPeriodMs < renewDeadlineMs < leaseDurationMs, not ' +
          `${String(retryPeriodMs)}, ${String(renewDeadlineMs)}, ${String(leaseDurationMs)}.`,
      );
    }
    this.identity = options.identity ?? `${hostname()}_${randomUUID()}`;
    this.#client = client;
    this.#options = options;
    this.#leaseDurationMs = leaseDurationMs;
    this.#renewDeadlineMs = renewDeadlineMs;
    this.#retryPeriodMs = retryPeriodMs;
    this.#log = client.env.log.child('leader-election', {
      lease: `${options.namespace}/${options.name}`,
      identity: this.identity,
    });
    client.env.metrics.leader.set({ name: options.name }, 0);
  }

  /** True while this process may act as the leader; false by itself if the event loop slept past the lease. */
  get isLeader(): boolean {
    return this.#leading && this.#client.env.clock.monotonic() - this.#renewedAt < this.#leaseDurationMs;
  }

  /** Waits for the lease, holds it, and gives it back when the signal is aborted. Runs once. */
  async run(signal: AbortSignal): Promise<ElectionOutcome> {
    if (!(await this.#acquire(signal))) return 'neverLed';
    this.#setLeading(true);
    try {
      const kept = await this.#hold(signal);
      if (!kept) {
        this.#log.error('The lease is lost');
        return 'lost';
      }
    } finally {
      this.#setLeading(false);
    }
    await this.#release();
    return 'released';
  }

  /** Tries until it holds the lease; false when stopped before. */
  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, random } = this.#client.env;
    while (!signal.aborted) {
      if (await this.#try(signal, this.#renewDeadlineMs)) return true;
      await clock.sleep(jittered(this.#retryPeriodMs, random, 1.2), signal).catch(() => undefined);
    }
    return false;
  }

  /** Renews until stopped (true) or until the deadline has passed or another holds the lease (false). */
  async #hold(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#client.env;
    for (;;) {
      await clock.sleep(Math.min(this.#retryPeriodMs, this.#leftToRenewMs()), signal).catch(() => undefined);
      if (signal.aborted) return true;
      const leftMs = this.#leftToRenewMs();
      if (leftMs <= 0) return false;
      if (await this.#try(signal, leftMs)) continue;
      const holder = this.#observed?.spec?.holderIdentity;
      if (holder !== undefined && holder !== this.identity) return false;
    }
  }

  #leftToRenewMs(): number {
    return this.#renewedAt + this.#renewDeadlineMs - this.#client.env.clock.monotonic();
  }

  /** One try to take or renew the lease, within `timeoutMs`. */
  async #try(signal: AbortSignal, timeoutMs: number): Promise<boolean> {
    const { clock } = this.#client.env;
    const deadline = new AbortController();
    const timer = clock.setTimer(
      () => deadline.abort(new Error('no answer within the renew deadline')),
      timeoutMs,
    );
    try {
      return await this.#takeOrRenew(AbortSignal.any([signal, deadline.signal]));
    } catch (error) {
      if (signal.aborted) return false;
      // Another candidate was faster; the next try reads what it wrote.
      if (isConflict(error) || isAlreadyExists(error)) this.#log.debug('Another candidate changed the lease');
      else this.#log.warn('The lease could not be read or written', { error: messageOf(error) });
      return false;
    } finally {
      timer.cancel();
    }
  }

  async #takeOrRenew(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#client.env;
    const { namespace, name } = this.#options;
    const sentAt = clock.monotonic();
    let live: Lease;
    try {
      live = await this.#client.get<Lease>(resources.leases, { namespace, name }, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name } };
      const spec = this.#nextSpec(undefined);
      return this.#won(
        await this.#client.create<Lease>(resources.leases, { ...lease, spec }, { signal }),
        sentAt,
      );
    }
    this.#observe(live);
    const holder = live.spec?.holderIdentity ?? '';
    if (holder !== '' && holder !== this.identity && !this.#hasExpired(live)) return false;
    const next = { ...live, spec: this.#nextSpec(live.spec) };
    return this.#won(await this.#client.update<Lease>(resources.leases, next, { signal }), sentAt);
  }

  #won(lease: Lease, sentAt: number): true {
    this.#observe(lease);
    this.#renewedAt = sentAt;
    return true;
  }

  #nextSpec(held: LeaseSpec | undefined): LeaseSpec {
    const now = microTime(this.#client.env.clock.now());
    const mine = held?.holderIdentity === this.identity;
    const transitions = held?.leaseTransitions ?? 0;
    return {
      holderIdentity: this.identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(this.#leaseDurationMs / 1000)),
      acquireTime: mine ? (held.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: held === undefined || mine ? transitions : transitions + 1,
    };
  }

  #observe(lease: Lease): void {
    if (
      lease.metadata?.resourceVersion !== this.#observed?.metadata?.resourceVersion ||
      this.#observed === undefined
    ) {
      this.#observedAt = this.#client.env.clock.monotonic();
    }
    this.#observed = lease;
    const holder = lease.spec?.holderIdentity ?? '';
    if (holder === '' || holder === this.#announced) return;
    this.#announced = holder;
    this.#options.onNewLeader?.(holder);
  }

  /** By this process's own clock, no change of the lease was seen for its duration. */
  #hasExpired(lease: Lease): boolean {
    const durationMs = Math.max(this.#leaseDurationMs, (lease.spec?.leaseDurationSeconds ?? 0) * 1000);
    return this.#client.env.clock.monotonic() - this.#observedAt > durationMs;
  }

  /**
   * Gives the lease back, so that the next leader need not wait for its end. Best effort. A renewal that was under way
   * at the stop may have reached the server without an answer, so the lease is read, not remembered.
   */
  async #release(): Promise<void> {
    const { namespace, name } = this.#options;
    const signal = AbortSignal.timeout(this.#renewDeadlineMs);
    try {
      for (;;) {
        const lease = await this.#client.get<Lease>(resources.leases, { namespace, name }, { signal });
        if (lease.spec?.holderIdentity !== this.identity) return;
        try {
          await this.#client.update<Lease>(resources.leases, this.#givenBack(lease), { signal });
          this.#log.info('The lease is given back');
          return;
        } catch (error) {
          if (!isConflict(error)) throw error;
        }
      }
    } catch (error) {
      this.#log.warn('The lease could not be given back; the next leader waits for its end', {
        error: messageOf(error),
      });
    }
  }

  #givenBack(lease: Lease): Lease {
    const now = microTime(this.#client.env.clock.now());
    const spec = {
      ...lease.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: now,
      acquireTime: now,
    };
    return { ...lease, spec };
  }

  #setLeading(leading: boolean): void {
    if (leading === this.#leading) return;
    this.#leading = leading;
    this.#client.env.metrics.leader.set({ name: this.#options.name }, leading ? 1 : 0);
    if (leading) {
      this.#log.info('This process leads');
      this.#options.onStartedLeading?.();
    } else {
      this.#options.onStoppedLeading?.();
    }
  }
}
