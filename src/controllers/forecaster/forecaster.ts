/**
 * Keeps a NodeForecast for every Node: makes it, issues it anew each period and when the node's load leaves it,
 * and says when it is stale.
 */
import { API_VERSION, FIELD_MANAGER, NODE_FORECASTS } from '../../api/constants.ts';
import type { NodeForecast, ResourceForecast } from '../../api/types.generated.ts';
import { availabilityOf, measuredSteps, type QuantileForecast } from '../../core/forecast/index.ts';
import { RESOURCES, type Resource } from '../../core/resources.ts';
import {
  Controller,
  applyIfChanged,
  identityOf,
  isAlreadyExists,
  objectKey,
  ownerReference,
  type ReconcileContext,
  type ReconcileResult,
} from '../../runtime/index.ts';
import type { ControllerContext } from '../context.ts';
import { quantilesToApi, toApi } from '../gather/forecasts.ts';
import type { Node } from '../gather/kubernetes.ts';
import { capacityOf } from '../gather/nodes.ts';
import { rfc3339 } from '../../api/times.ts';
import { loadsAlike, type Alike } from './alike.ts';
import { forecastConditions } from './conditions.ts';
import type { ForecastEngine } from './engine/engine.ts';
import type { SeriesQuestion } from './engine/forecasts.ts';
import type { ForecasterState } from './state.ts';

/** What was last observed is published at most so often between two issues. */
const OBSERVED_PERIOD_MS = 60_000;

/** Where load is not what the past made likely, what it is now says more of what comes than all that was learned. */
const WHEN_DRIFTED = 'LastValue';

/** In thousandths. Against a seasonal-naive forecast without a fault any other is worse beyond measure (and beyond an int32). */
const LARGEST_RATIO = 1_000_000;

/** A series with fewer measured steps is at best a prior: what nodes alike carry is then looked up. */
const FEWEST_STEPS = 24;

export function createForecaster(
  context: ControllerContext,
  state: ForecasterState,
  engine: ForecastEngine,
): Controller {
  const { caches } = context;
  const controller = new Controller(context.env, {
    name: 'forecaster',
    // One is gathered and another written while a third is forecast.
    concurrency: 3,
    reconcile: (key, run) => reconcile(context, state, engine, key, run),
  });
  state.driftChanged = (node) => controller.enqueue(node);
  return controller
    .watches(caches.nodes, (node, old) =>
      old === undefined || capacityChanged(node, old) ? [objectKey(node)] : [],
    )
    .watches(caches.forecasts, (forecast, old) =>
      old === undefined || old.metadata.generation !== forecast.metadata.generation
        ? [objectKey(forecast)]
        : [],
    );
}

function capacityChanged(node: Node, old: Node): boolean {
  const relevant = (n: Node): string => JSON.stringify([n.status?.allocatable, n.metadata?.annotations]);
  return relevant(node) !== relevant(old);
}

async function reconcile(
  context: ControllerContext,
  state: ForecasterState,
  engine: ForecastEngine,
  name: string,
  { signal, log }: ReconcileContext,
): Promise<ReconcileResult | undefined> {
  const { caches, client, env, settings } = context;
  const node = caches.nodes.store.get(name);
  if (node === undefined || node.metadata?.deletionTimestamp !== undefined) {
    for (const forgotten of state.leave(name)) await engine.forget(forgotten);
    return undefined;
  }
  if (!state.historyRead) return undefined; // the reader enqueues every node when it is done
  const live = caches.forecasts.store.get(name) ?? (await create(context, node, signal));
  const now = env.clock.now();
  const status = isDue(live, state, name, now, settings.forecast.periodMs)
    ? await issue(context, state, engine, node, live, now)
    : refresh(context, state, live, now);
  const { changed } = await applyIfChanged(
    client,
    NODE_FORECASTS,
    caches.forecasts.store,
    { ...identityOf(live), status } as NodeForecast,
    {
      fieldManager: FIELD_MANAGER.forecaster,
      subresource: 'status',
      signal,
    },
  );
  if (changed) log.debug('forecast published', { node: name, issued: status?.issuedTime });
  const next = Date.parse(status?.issuedTime ?? rfc3339(now)) + settings.forecast.periodMs;
  return { requeueAfterMs: Math.max(1000, Math.min(next - now, OBSERVED_PERIOD_MS)) };
}

async function create(context: ControllerContext, node: Node, signal: AbortSignal): Promise<NodeForecast> {
  const { client, caches } = context;
  const name = node.metadata?.name ?? '';
  const owner = ownerReference({ apiVersion: 'v1', kind: 'Node', metadata: node.metadata ?? {} });
  const object: NodeForecast = {
    apiVersion: API_VERSION,
    kind: 'NodeForecast',
    metadata: {
      name,
      ownerReferences: [owner],
      annotations: { 'argocd.argoproj.io/ignore-resource-updates': 'true' },
    },
    spec: {},
  };
  try {
    const created = await client.create<NodeForecast>(NODE_FORECASTS, object, {
      fieldManager: FIELD_MANAGER.forecaster,
      signal,
    });
    caches.forecasts.store.assume(created);
    return created;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return client.get<NodeForecast>(NODE_FORECASTS, { name }, { signal });
  }
}

/** The period is over, the spec has changed, drift began, or this process has no forecast to hold load against. */
function isDue(
  live: NodeForecast,
  state: ForecasterState,
  node: string,
  now: number,
  periodMs: number,
): boolean {
  const { status, metadata } = live;
  if (status?.issuedTime === undefined || status.observedGeneration !== metadata.generation) return true;
  if (state.inForce(node).size === 0 || now >= Date.parse(status.issuedTime) + periodMs) return true;
  const wasDrifted = status.conditions?.some((c) => c.type === 'Drifted' && c.status === 'True') ?? false;
  return !wasDrifted && state.drift.drifted(node).length > 0;
}

async function issue(
  context: ControllerContext,
  state: ForecasterState,
  engine: ForecastEngine,
  node: Node,
  live: NodeForecast,
  now: number,
): Promise<NodeForecast['status']> {
  const { settings } = context;
  const name = node.metadata?.name ?? '';
  const capacity = capacityOf(node, settings);
  const { stepSeconds = 900 } = live.spec ?? {};
  const startTime = Math.floor(now / 1000) * 1000;
  const questions = questionsOf(context, state, node, live, { now, startTime, stepSeconds });
  const answers = await engine.forecast({ node: name, series: questions.map(({ question }) => question) });

  const issued = new Map<Resource, QuantileForecast>();
  const published = answers.flatMap(({ forecast, model, accuracy }, i): ResourceForecast[] => {
    const resource = questions[i]?.question.resource;
    if (resource === undefined) return [];
    issued.set(resource, forecast);
    const { lossRatio, coverage } = accuracy;
    return [
      {
        name: resource,
        capacity: toApi(capacity[resource], resource),
        model,
        ...(lossRatio === undefined
          ? {}
          : { lossRatioPermille: Math.min(LARGEST_RATIO, Math.round(lossRatio * 1000)) }),
        ...(coverage === undefined ? {} : { coveragePermille: Math.round(coverage * 1000) }),
        ...observedFields(state, name, resource, capacity[resource]),
        available: quantilesToApi(availabilityOf(forecast, capacity[resource]), resource),
      },
    ];
  });
  state.issue(name, {
    forecasts: issued,
    alike: new Map(
      questions.flatMap(({ question, who }) => (who === undefined ? [] : [[question.resource, who]])),
    ),
  });
  return {
    ...(live.metadata.generation === undefined ? {} : { observedGeneration: live.metadata.generation }),
    issuedTime: rfc3339(now),
    validUntilTime: rfc3339(now + settings.forecast.validMs),
    startTime: rfc3339(startTime),
    stepSeconds,
    resources: published,
    conditions: forecastConditions(live, state, published, now, settings.observe.staleMs),
  };
}

/** A question for each resource that the node has and the spec asks for; `who`: nodes alike that its prior is from. */
function questionsOf(
  context: ControllerContext,
  state: ForecasterState,
  node: Node,
  live: NodeForecast,
  { now, startTime, stepSeconds }: { now: number; startTime: number; stepSeconds: number },
): { question: SeriesQuestion; who: string | undefined }[] {
  const { caches, settings } = context;
  const { horizonSeconds = 86_400, resources = [...RESOURCES], history, model = 'Auto' } = live.spec ?? {};
  const name = node.metadata?.name ?? '';
  const capacity = capacityOf(node, settings);
  // Up to the end of the present step, whose mean so far is the newest that is known.
  const window = {
    from: now - (history?.windowSeconds ?? 1_209_600) * 1000,
    to: now + settings.forecast.seriesStepSeconds * 1000,
  };
  const drifted = new Set<string>(state.drift.drifted(name));
  const alikeOf = (resource: Resource): Alike | undefined => {
    const peers = caches.nodes.store
      .list()
      .map((peer) => ({ node: peer, capacity: capacityOf(peer, settings)[resource] }));
    return loadsAlike(state.book, resource, { node, capacity: capacity[resource] }, peers, window);
  };
  return RESOURCES.filter((r) => resources.includes(r) && capacity[r] > 0).map((resource) => {
    const series = state.book.series(name, resource, window);
    const alike = measuredSteps(series) < FEWEST_STEPS ? alikeOf(resource) : undefined;
    const question: SeriesQuestion = {
      resource,
      series,
      capacity: capacity[resource],
      startTime,
      stepSeconds,
      steps: Math.floor(horizonSeconds / stepSeconds),
      model: drifted.has(resource) && model === 'Auto' ? WHEN_DRIFTED : model,
      ...(alike === undefined ? {} : { alike: alike.loads }),
    };
    return { question, who: alike?.who };
  });
}

/** Between two issues: the newest sample and the drift statistic, the quantiles as they are. */
function refresh(
  context: ControllerContext,
  state: ForecasterState,
  live: NodeForecast,
  now: number,
): NodeForecast['status'] {
  const name = live.metadata.name ?? '';
  const node = context.caches.nodes.store.get(name);
  const capacity = node === undefined ? undefined : capacityOf(node, context.settings);
  const resources = (live.status?.resources ?? []).map((r) => ({
    ...r,
    ...(capacity === undefined ? {} : observedFields(state, name, r.name, capacity[r.name])),
  }));
  return {
    ...live.status,
    resources,
    conditions: forecastConditions(live, state, resources, now, context.settings.observe.staleMs),
  };
}

function observedFields(
  state: ForecasterState,
  node: string,
  resource: Resource,
  capacity: number,
): Partial<ResourceForecast> {
  const last = state.book.last(node, resource);
  return {
    ...(last === undefined
      ? {}
      : { observed: { time: rfc3339(last.time), available: toApi(capacity - last.value, resource) } }),
    driftPermille: state.drift.permille(node, resource),
  };
}
