/** The operator: every controller, the caches they share, and the manager that runs them. */
import { hostname } from 'node:os';
import type { KubeConfig } from '@kubernetes/client-node';
import type { OperatorConfiguration } from '../api/configuration.ts';
import { parseQuantity } from '../core/quantity/index.ts';
import { HistoryStore } from '../history/index.ts';
import {
  EventRecorder,
  KubeClient,
  Manager,
  createEnvironment,
  objectKey,
  type Exit,
  type Logger,
} from '../runtime/index.ts';
import { cacheList, createCaches } from './caches.ts';
import type { ControllerContext } from './context.ts';
import { createDispatcher } from './dispatcher/dispatcher.ts';
import { WorkerEngine } from './forecaster/engine/worker-engine.ts';
import { createForecaster } from './forecaster/forecaster.ts';
import { MemoryKeeper } from './forecaster/memory-keeper.ts';
import { Observer } from './forecaster/observer.ts';
import { createSource } from './forecaster/load-source.ts';
import { HistoryReader } from './forecaster/history-reader.ts';
import { ForecasterState } from './forecaster/state.ts';
import { Trainer } from './forecaster/trainer.ts';
import { capacityOf } from './gather/nodes.ts';
import { OperatorMetrics } from './metrics.ts';
import { PlannerThread } from './planner/planner-thread.ts';
import { Planning } from './planner/planning.ts';
import { gatherView } from './planner/view.ts';
import { createResharder } from './resharder/resharder.ts';
import type { Settings } from './settings.ts';
import { createSharder } from './sharder/sharder.ts';

/** How much history is kept in memory: no NodeForecast looks further back unless its window is longer. */
const WINDOW_MS = 14 * 86_400_000;

export function settingsOf(configuration: OperatorConfiguration): Settings {
  const { nodes, forecast, observe, history, planning } = configuration;
  return {
    gpuResourceName: nodes.gpuResourceName,
    defaultNetworkBandwidth: parseQuantity(nodes.defaultNetworkBandwidth),
    sharing: planning.sharing,
    planLimitMs: planning.limitSeconds * 1000,
    forecast: {
      periodMs: forecast.periodSeconds * 1000,
      validMs: forecast.validSeconds * 1000,
      seriesStepSeconds: forecast.seriesStepSeconds,
      training: {
        periodMs: forecast.training.periodSeconds * 1000,
        models: forecast.training.models,
        mostSeconds: forecast.training.mostSeconds,
      },
    },
    observe: {
      intervalMs: observe.intervalSeconds * 1000,
      staleMs: observe.staleSeconds * 1000,
      driftSampleMs: observe.driftSampleSeconds * 1000,
      flushMs: history.flushSeconds * 1000,
      retentionDays: history.retentionDays,
      load: observe.load,
      gpu: observe.gpu,
    },
  };
}

/** Runs until the signal is aborted or the lease is lost; the exit says which. */
export async function runOperator(
  kubeConfig: KubeConfig,
  configuration: OperatorConfiguration,
  log: Logger,
  signal: AbortSignal,
): Promise<Exit> {
  const env = createEnvironment({ log });
  const client = new KubeClient(kubeConfig, env, { userAgent: 'foreshard-operator' });
  const settings = settingsOf(configuration);
  const caches = createCaches(client);
  // In a cluster the host's name is the pod's, as in events of Kubernetes' own controllers.
  const instance = `foreshard-operator-${hostname()}`;
  const events = new EventRecorder(client, { controller: 'foreshard.dev/operator', instance });
  const metrics = new OperatorMetrics(env.metrics.registry);
  const planner = new PlannerThread({
    limitMs: settings.planLimitMs,
    onDied: (error) =>
      log.error('the planning thread failed: another one finds what is in force in the plans', {
        error: error.message,
      }),
    onPlanned: (seconds) => metrics.planSeconds.observe(seconds),
  });
  const planning = new Planning({
    engine: planner,
    view: () => gatherView(caches, settings, env.clock.now()),
    onGivenUp: ({ namespace, name }, { reason, message, until }) => {
      metrics.plansGivenUp.inc({ reason });
      const retry = new Date(until).toISOString();
      log.error('planning was given up', { workflow: `${namespace}/${name}`, reason, message, retry });
    },
  });
  const context: ControllerContext = { env, client, caches, settings, events, metrics, planning };

  const { seriesStepSeconds, periodMs } = settings.forecast;
  const state = new ForecasterState({
    windowMs: WINDOW_MS,
    stepSeconds: seriesStepSeconds,
    driftSampleMs: settings.observe.driftSampleMs,
  });
  const engine = new WorkerEngine(seriesStepSeconds, (error) =>
    log.error('the forecasting thread failed: another one judges the last days anew', {
      error: error.message,
    }),
  );
  const { directory, bucket } = configuration.history;
  const history = await HistoryStore.open(bucket?.url ?? directory, {
    ...(bucket === undefined ? {} : { bucket }),
    now: () => env.clock.now(),
    capacityOf: (name) => {
      const node = caches.nodes.store.get(name);
      return node === undefined ? undefined : capacityOf(node, settings);
    },
    onProblem: ({ file, reason, action }) => {
      metrics.historyProblems.inc({ action });
      log.warn('history file set aside', { file, reason, action });
    },
  });

  log.info('history', { root: history.root, engine: await history.engine() });

  const { enabled, namespace, name } = configuration.leaderElection;
  const manager = new Manager(client, {
    ...(enabled ? { leaderElection: { namespace, name } } : {}),
    metricsAddress: configuration.metrics.bindAddress,
    healthAddress: configuration.health.bindAddress,
  });
  const forecaster = createForecaster(context, state, engine);
  const keeper = new MemoryKeeper(history.storage, engine, env, periodMs);
  const reader = new HistoryReader(history, state, env, async () => {
    await keeper.load();
    state.historyRead = true;
    for (const node of state.book.nodes()) if (caches.nodes.store.get(node) === undefined) state.leave(node);
    for (const node of caches.nodes.store.list()) forecaster.enqueue(objectKey(node));
  });
  manager.add(
    ...cacheList(caches),
    events,
    reader,
    keeper,
    forecaster,
    createSharder(context),
    createResharder(context),
    createDispatcher(context),
  );
  manager.add(new Trainer(context, state, engine, history, bucket));
  manager.add(new Observer(context, state, createSource(configuration.observe, context), history));
  try {
    return await manager.run(signal);
  } finally {
    await planner.close();
    await engine.close();
    await history.close();
    client.close();
  }
}
