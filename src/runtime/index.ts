/**
 * Everything that a controller needs of the runtime. See README.md.
 */
export {
  ApiError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNotFound,
  isTooManyRequests,
} from './api-error.ts';
export { applyIfChanged, applyIsNoop, subsetEquals } from './apply.ts';
export { abortReason, type Clock, type Timer, systemClock } from './clock.ts';
export { type Condition, findCondition, isConditionTrue, setCondition, setConditions } from './conditions.ts';
export {
  Controller,
  type ControllerOptions,
  type Reconcile,
  type ReconcileContext,
  type ReconcileResult,
  TerminalError,
} from './controller.ts';
export { type Environment, createEnvironment } from './environment.ts';
export { type EventInput, EventRecorder } from './events.ts';
export { type Check, type HttpEndpoint, startHealthServer, startMetricsServer } from './health.ts';
export {
  type ApplyOptions,
  type DeleteOptions,
  KubeClient,
  type KubeClientOptions,
  type ListOptions,
  type Selection,
} from './kube-client.ts';
export {
  type ElectionOutcome,
  LeaderElector,
  type LeaderElectorOptions,
  LeaseLostError,
} from './leader-elector.ts';
export { type LogLevel, type Logger, createLogger, messageOf, silentLogger } from './log.ts';
export { type Exit, Manager, type ManagerOptions } from './manager.ts';
export { RuntimeMetrics } from './metrics.ts';
export { microTime, secondTime } from './micro-time.ts';
export { type Random, seededRandom } from './random.ts';
export { Reflector, type ReflectorOptions } from './reflector.ts';
export type { Runnable } from './runnable.ts';
export { Store, type StoreHandler } from './store.ts';
export {
  type CallOptions,
  Thread,
  ThreadDiedError,
  type ThreadOptions,
  ThreadStoppedError,
  ThreadTimeoutError,
  threadModule,
} from './thread.ts';
export {
  type KubernetesList,
  type KubernetesObject,
  type ObjectKey,
  type ObjectMeta,
  type OwnerReference,
  type ResourceType,
  apiVersionOf,
  identityOf,
  objectKey,
  ownerReference,
  resources,
  splitKey,
} from './types.ts';
export type { WatchEvent } from './watch-stream.ts';
export { WorkQueue } from './work-queue.ts';
