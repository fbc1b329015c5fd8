/** Every cause of a reshard, one module each. Where several name a task, the first hard one counts. */
import type { Detect } from '../world.ts';
import { forecastChanged } from './forecast-changed.ts';
import { lateBinding } from './late-binding.ts';
import { loadDrift } from './load-drift.ts';
import { nodeCordoned } from './node-cordoned.ts';
import { nodeDeleted } from './node-deleted.ts';
import { nodeNotReady } from './node-not-ready.ts';
import { nodeTainted } from './node-tainted.ts';
import { podUnschedulable } from './pod-unschedulable.ts';
import { straggler } from './straggler.ts';

export const CAUSES: readonly Detect[] = [
  nodeDeleted,
  nodeNotReady,
  nodeCordoned,
  nodeTainted,
  podUnschedulable,
  loadDrift,
  forecastChanged,
  straggler,
  lateBinding,
];
