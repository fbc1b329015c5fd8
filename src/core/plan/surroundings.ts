/** What a task's rules among pods say of nodes while none of the tasks that are planned runs: by pods of others. */
import { labelOf } from '../placement/labels.ts';
import type { Obstacle } from '../placement/placement.ts';
import { PodCounts } from '../placement/pod-counts.ts';
import { NO_POD_RULES, NO_TASK_RULES, type RuleCheck, type TaskRules } from '../placement/pod-rules.ts';
import type { PlannedNode } from './planned-node.ts';

export class Surroundings {
  readonly rules: TaskRules;
  readonly #others: PodCounts;
  /** Rules by which a node stays closed for as long as the pods of others stay. */
  readonly #lasting: readonly RuleCheck[];

  /** @param others without any of the tasks */
  constructor(rules: TaskRules, others: PodCounts) {
    this.rules = rules;
    this.#others = others;
    this.#lasting = rules.required.filter(({ of }) => of.kind !== 'Spread');
  }

  /**
   * Of nodes those that may come to be used. Tasks that end make way, pods of others do not; which domains a spread
   * allows changes with every start, but if it allows none to begin with, it never will.
   */
  allowed(nodes: PlannedNode[]): PlannedNode[] {
    if (this.rules.required.length === 0) return nodes;
    if (nodes.every((node) => this.obstacle(node) !== undefined)) return [];
    return nodes.filter(
      (node) => this.#obstacle(node, this.#lasting) === undefined && this.#isLabelled(node),
    );
  }

  obstacle(node: PlannedNode): Obstacle | undefined {
    return this.#obstacle(node, this.rules.required);
  }

  #isLabelled(node: PlannedNode): boolean {
    return missingKey(node, this.rules.required) === undefined;
  }

  #obstacle(node: PlannedNode, checks: readonly RuleCheck[]): Obstacle | undefined {
    const key = missingKey(node, checks);
    if (key !== undefined) return { kind: 'TopologyKey', permanent: true, key };
    const against = this.#others.obstacle(checks, node.index);
    return against === undefined ? undefined : { kind: 'PodRule', permanent: false, rule: against.of };
  }
}

export const NOBODY_AROUND = new Surroundings(NO_TASK_RULES, new PodCounts(NO_POD_RULES));

/** Pods keep away from others on a node without the label as well; they are not spread over it, nor drawn to it. */
function missingKey({ snapshot }: PlannedNode, checks: readonly RuleCheck[]): string | undefined {
  return checks.find(
    ({ of }) => of.kind !== 'AntiAffinity' && labelOf(snapshot.labels, of.topologyKey) === undefined,
  )?.of.topologyKey;
}
