/** Where a task may run: selectors, affinity, taints, cordons and capacity, with Kubernetes' own semantics. */
export { matchesSelector } from './label-selector.ts';
export { misfit, refusal, type Misfit } from './message.ts';
export {
  fits,
  hostsNever,
  hostsNotNow,
  whyNot,
  type Obstacle,
  type PlacementNode,
  type PlacementTask,
} from './placement.ts';
export { PodCounts } from './pod-counts.ts';
export { hasPodRules, podRules, type PodRules, type TaskRules } from './pod-rules.ts';
export { matchesAffinity, missingLabel } from './selectors.ts';
export { formatTaint, tolerates, untolerated } from './taints.ts';
