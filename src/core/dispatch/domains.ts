/**
 * The last word on rules among a workflow's pods before a Job is made: plans are made for tasks that end when they
 * should, and one may still run. kube-scheduler would hold back a pod that keeps away from it, but not one that is to
 * be spread: of a pod that is pinned it sees no other domain than the pod's own.
 *
 * Only tasks of the same workflow count, which end, so that nothing waits here for ever.
 */
import { PodCounts } from '../placement/pod-counts.ts';
import { podRules, type PodRules, type RuleNode, type RuleTask } from '../placement/pod-rules.ts';
import type { PodRule } from '../placement/types.ts';

export class Domains {
  readonly #rules: PodRules;
  readonly #counts: PodCounts;
  readonly #workflow: { namespace: string; name: string; tasks: readonly RuleTask[] };
  readonly #tasks: ReadonlyMap<string, number>;
  readonly #nodes: ReadonlyMap<string, number>;

  constructor(
    workflow: string,
    tasks: readonly (RuleTask & { readonly name: string })[],
    nodes: readonly RuleNode[],
  ) {
    this.#workflow = { namespace: '', name: workflow, tasks };
    this.#rules = podRules(nodes, [this.#workflow]);
    this.#counts = new PodCounts(this.#rules);
    this.#tasks = new Map(tasks.map((t, i) => [t.name, i]));
    this.#nodes = new Map(nodes.map((n, i) => [n.name, i]));
  }

  /** The rule that is against the task's start on the node. Affinity is left to kube-scheduler. */
  against(task: string, node: string): PodRule | undefined {
    const required = this.#rulesOf(task).required.filter(({ of }) => of.kind !== 'Affinity');
    return this.#counts.obstacle(required, this.#position(node))?.of;
  }

  /** A task runs on the node, or is about to. */
  add(task: string, node: string): void {
    const { countedBy } = this.#rulesOf(task);
    this.#counts.place(countedBy, this.#position(node), 1);
    this.#counts.run(countedBy, this.#position(node), 1);
  }

  #rulesOf(task: string): ReturnType<PodRules['of']> {
    return this.#rules.of(this.#workflow, this.#tasks.get(task) ?? -1);
  }

  #position(node: string): number {
    return this.#nodes.get(node) ?? -1;
  }
}
