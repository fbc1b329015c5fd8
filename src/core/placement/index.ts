/** Where a task may run: selectors, affinity, taints, cordons and capacity, with Kubernetes' own semantics. */
export { misfit, type Misfit } from './message.ts';
export {
  fits,
  hostsNever,
  hostsNotNow,
  whyNot,
  type Obstacle,
  type PlacementNode,
  type PlacementTask,
} from './placement.ts';
export { matchesAffinity, missingLabel } from './selectors.ts';
export { formatTaint, tolerates, untolerated } from './taints.ts';
