/**
 * The runtime's metrics, under the names that dashboards for client-go and controller-runtime already use.
 * Durations are in seconds, as Prometheus wants them.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** 1 ms to about 1,000 s: the range of a queue's wait and of a reconcile. */
const secondsBuckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1000];

export class RuntimeMetrics {
  readonly registry: Registry;

  readonly reconcileTotal: Counter<'controller' | 'result'>;
  readonly reconcileErrors: Counter<'controller'>;
  readonly terminalErrors: Counter<'controller'>;
  readonly reconcileTimeouts: Counter<'controller'>;
  readonly reconcileSeconds: Histogram<'controller'>;
  readonly activeWorkers: Gauge<'controller'>;
  readonly maxConcurrent: Gauge<'controller'>;

  readonly queueDepth: Gauge<'name'>;
  readonly queueAdds: Counter<'name'>;
  readonly queueRetries: Counter<'name'>;
  readonly queueSeconds: Histogram<'name'>;
  readonly workSeconds: Histogram<'name'>;

  readonly reflectorLists: Counter<'name'>;
  readonly reflectorWatches: Counter<'name'>;
  readonly reflectorShortWatches: Counter<'name'>;
  readonly reflectorErrors: Counter<'name' | 'reason'>;
  readonly reflectorStalls: Counter<'name'>;
  readonly reflectorStaleLists: Counter<'name'>;
  readonly reflectorHandlerErrors: Counter<'name'>;
  readonly reflectorItems: Gauge<'name'>;

  readonly leader: Gauge<'name'>;
  readonly requests: Counter<'method' | 'code'>;
  readonly eventsDropped: Counter;

  constructor(registry: Registry = new Registry()) {
    this.registry = registry;
    const registers = [registry];
    const counter = <L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
      new Counter({ name, help, labelNames, registers });
    const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> =>
      new Gauge({ name, help, labelNames, registers });
    const seconds = <L extends string>(name: string, help: string, ...labelNames: L[]): Histogram<L> =>
      new Histogram({ name, help, labelNames, buckets: secondsBuckets, registers });

    this.reconcileTotal = counter(
      'controller_runtime_reconcile_total',
      'Reconciles by result.',
      'controller',
      'result',
    );
    this.reconcileErrors = counter(
      'controller_runtime_reconcile_errors_total',
      'Reconciles that failed.',
      'controller',
    );
    this.terminalErrors = counter(
      'controller_runtime_terminal_reconcile_errors_total',
      'Reconciles that failed for good.',
      'controller',
    );
    this.reconcileTimeouts = counter(
      'controller_runtime_reconcile_timeouts_total',
      'Reconciles that took too long.',
      'controller',
    );
    this.reconcileSeconds = seconds(
      'controller_runtime_reconcile_time_seconds',
      'Time of a reconcile.',
      'controller',
    );
    this.activeWorkers = gauge('controller_runtime_active_workers', 'Reconciles under way.', 'controller');
    this.maxConcurrent = gauge(
      'controller_runtime_max_concurrent_reconciles',
      'Reconciles that may run at once.',
      'controller',
    );

    this.queueDepth = gauge('workqueue_depth', 'Keys waiting for a worker.', 'name');
    this.queueAdds = counter('workqueue_adds_total', 'Keys put into the queue.', 'name');
    this.queueRetries = counter('workqueue_retries_total', 'Keys put back after a failure.', 'name');
    this.queueSeconds = seconds('workqueue_queue_duration_seconds', 'Time a key waits for a worker.', 'name');
    this.workSeconds = seconds('workqueue_work_duration_seconds', 'Time a worker holds a key.', 'name');

    this.reflectorLists = counter('reflector_lists_total', 'Lists begun.', 'name');
    this.reflectorWatches = counter('reflector_watches_total', 'Watches opened.', 'name');
    this.reflectorShortWatches = counter(
      'reflector_short_watches_total',
      'Watches that brought nothing.',
      'name',
    );
    this.reflectorErrors = counter('reflector_errors_total', 'Failed lists and watches.', 'name', 'reason');
    this.reflectorStalls = counter(
      'reflector_stalled_watches_total',
      'Watches reopened for silence.',
      'name',
    );
    this.reflectorStaleLists = counter('reflector_stale_lists_total', 'Lists refused for being old.', 'name');
    this.reflectorHandlerErrors = counter('reflector_handler_errors_total', 'Handlers that threw.', 'name');
    this.reflectorItems = gauge('reflector_items', 'Objects in the cache.', 'name');

    this.leader = gauge('leader_election_master_status', '1 while this process leads.', 'name');
    this.requests = counter('rest_client_requests_total', 'Requests to the API server.', 'method', 'code');
    this.eventsDropped = counter('event_recorder_dropped_total', 'Events that were not written.');
  }

  /** Adds the process's own metrics: CPU, memory, event loop, garbage collection. Once a registry. */
  collectProcessMetrics(): void {
    collectDefaultMetrics({ register: this.registry });
  }
}
