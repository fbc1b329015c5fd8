/** What every controller is given. */
import type { Environment, EventRecorder, KubeClient } from '../runtime/index.ts';
import type { Caches } from './caches.ts';
import type { OperatorMetrics } from './metrics.ts';
import type { Planning } from './planner/planning.ts';
import type { Settings } from './settings.ts';

export interface ControllerContext {
  readonly env: Environment;
  readonly client: KubeClient;
  readonly caches: Caches;
  readonly settings: Settings;
  readonly events: EventRecorder;
  readonly metrics: OperatorMetrics;
  /** Shared, so that all plans are parts of one. */
  readonly planning: Planning;
}
