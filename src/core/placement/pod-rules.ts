/**
 * Rules among pods (topology spread, and affinity and anti-affinity to pods) for all tasks that are planned together:
 * whom each counts, in which domains, and who has to keep to it. As kube-scheduler's PodTopologySpread and
 * InterPodAffinity filters have them, over tasks that are going to run as well as over pods that do.
 *
 * Anti-affinity holds both ways: what has a rule keeps away from what it names, and the other way round.
 */
import { LABEL_WORKFLOW } from '../../api/constants.ts';
import type { NodeSnapshot, PodSnapshot, TaskSnapshot } from '../plan/snapshot.ts';
import { matchesSelector } from './label-selector.ts';
import { labelOf } from './labels.ts';
import { matchesAffinity, missingLabel } from './selectors.ts';
import { untolerated } from './taints.ts';
import type { PodRule } from './types.ts';

export type RuleNode = Pick<NodeSnapshot, 'name' | 'labels' | 'taints'>;
export type RuleTask = Partial<
  Pick<TaskSnapshot, 'labels' | 'podRules' | 'nodeSelector' | 'affinity' | 'tolerations'>
>;

interface RuleWorkflow {
  readonly namespace: string;
  readonly name: string;
  readonly tasks: readonly RuleTask[];
}

/** A rule over the nodes of one cluster. */
export interface CountedRule {
  /** Among all rules. */
  readonly index: number;
  readonly kind: PodRule['kind'];
  readonly maxSkew: number;
  readonly minDomains: number;
  /** By position of the node: that of its domain among the counts; -1: the rule does not look at the node. */
  readonly domain: Int32Array;
  /** Its domains are counts `first` to `end`. */
  readonly first: number;
  readonly end: number;
}

/** A rule that a pod has to keep to, or would like to. */
export interface RuleCheck {
  readonly rule: CountedRule;
  /** The rule counts the pod itself, too. */
  readonly isCounted: boolean;
  /** Of a preference: the share of its run that a task would lose to have it. */
  readonly reluctance: number;
  readonly of: PodRule;
}

/** What is to be seen to when a task starts. Tasks that are alike have the same one. */
export interface TaskRules {
  readonly required: readonly RuleCheck[];
  readonly preferred: readonly RuleCheck[];
  /** Rules that count it. */
  readonly countedBy: readonly CountedRule[];
  readonly key: string;
}

export interface PodRules {
  readonly rules: readonly CountedRule[];
  /** By domain: pods of others that are there now. */
  readonly others: Int32Array;
  /** @param task its position in the workflow */
  of(workflow: RuleWorkflow, task: number): TaskRules;
}

/** A preference of weight 100 is worth so much of a task's run. */
const WORTH = 0.1;

export const NO_TASK_RULES: TaskRules = { required: [], preferred: [], countedBy: [], key: '' };
export const NO_POD_RULES: PodRules = { rules: [], others: new Int32Array(0), of: () => NO_TASK_RULES };

export function hasPodRules(workflows: readonly Pick<RuleWorkflow, 'tasks'>[]): boolean {
  return workflows.some((w) => w.tasks.some((t) => t.podRules !== undefined && t.podRules.length > 0));
}

/** @param nodes in the order of their positions */
export function podRules(
  nodes: readonly RuleNode[],
  workflows: readonly RuleWorkflow[],
  others: readonly PodSnapshot[] = [],
): PodRules {
  return hasPodRules(workflows) ? new Compilation(nodes, workflows, others).result() : NO_POD_RULES;
}

type Tasks = ReadonlyMap<RuleWorkflow, ReadonlySet<number>>;

interface Draft {
  readonly required: RuleCheck[];
  readonly preferred: RuleCheck[];
  readonly countedBy: CountedRule[];
}

class Compilation {
  readonly #nodes: readonly RuleNode[];
  readonly #workflows: readonly RuleWorkflow[];
  readonly #others: readonly PodSnapshot[];
  readonly #rules: CountedRule[] = [];
  readonly #counts: number[] = [];
  readonly #drafts = new Map<RuleWorkflow, Map<number, Draft>>();
  readonly #positions: ReadonlyMap<string, number>;

  constructor(
    nodes: readonly RuleNode[],
    workflows: readonly RuleWorkflow[],
    others: readonly PodSnapshot[],
  ) {
    this.#nodes = nodes;
    this.#workflows = workflows;
    this.#others = others;
    this.#positions = new Map(nodes.map((n, i) => [n.name, i]));
  }

  result(): PodRules {
    for (const stated of this.#stated().values()) this.#compile(stated);
    const known = new Map<string, TaskRules>();
    const finished = new Map<RuleWorkflow, Map<number, TaskRules>>();
    for (const [workflow, drafts] of this.#drafts) {
      const own = new Map<number, TaskRules>();
      finished.set(workflow, own);
      for (const [task, draft] of drafts) {
        const key = keyOf(draft);
        const rules = known.get(key) ?? { ...draft, key };
        known.set(key, rules);
        own.set(task, rules);
      }
    }
    return {
      rules: this.#rules,
      others: Int32Array.from(this.#counts),
      of: (workflow, task) => finished.get(workflow)?.get(task) ?? NO_TASK_RULES,
    };
  }

  /** Rules that are the same for several tasks are one. */
  #stated(): Map<string, Stated> {
    const stated = new Map<string, Stated>();
    for (const workflow of this.#workflows) {
      for (const [i, task] of workflow.tasks.entries()) {
        for (const rule of task.podRules ?? []) {
          const eligible = rule.kind === 'Spread' ? eligibility(rule, task) : undefined;
          const key = JSON.stringify([workflow.namespace, rule, eligible]);
          let known = stated.get(key);
          if (known === undefined) {
            known = { rule, namespace: workflow.namespace, by: task, owners: new Map() };
            stated.set(key, known);
          }
          const own = known.owners.get(workflow);
          if (own === undefined) known.owners.set(workflow, new Set([i]));
          else own.add(i);
        }
      }
    }
    return stated;
  }

  #compile({ rule, namespace, by, owners }: Stated): void {
    const members = this.#members(rule, namespace);
    const counted = this.#counted(rule, by, true, namespace);
    for (const [workflow, task] of each(members)) this.#draft(workflow, task).countedBy.push(counted);
    for (const [workflow, task] of each(owners)) {
      const isCounted = members.get(workflow)?.has(task) ?? false;
      const reluctance = (WORTH * (rule.weight ?? 0)) / 100;
      const { required, preferred } = this.#draft(workflow, task);
      const list = rule.weight === undefined ? required : preferred;
      list.push({ rule: counted, isCounted, reluctance, of: rule });
    }
    if (rule.kind !== 'AntiAffinity' || rule.weight !== undefined || isSame(owners, members)) return;
    const mirrored = this.#counted(rule, by, false, namespace);
    for (const [workflow, task] of each(owners)) this.#draft(workflow, task).countedBy.push(mirrored);
    for (const [workflow, task] of each(members)) {
      const { required } = this.#draft(workflow, task);
      required.push({ rule: mirrored, isCounted: false, reluctance: 0, of: rule });
    }
  }

  #members({ selector }: PodRule, namespace: string): Map<RuleWorkflow, Set<number>> {
    const members = new Map<RuleWorkflow, Set<number>>();
    const only = selector.matchLabels?.[LABEL_WORKFLOW];
    for (const workflow of this.#workflows) {
      if (workflow.namespace !== namespace || (only !== undefined && only !== workflow.name)) continue;
      const own = new Set<number>();
      for (const [i, { labels = {} }] of workflow.tasks.entries())
        if (matchesSelector(labels, selector)) own.add(i);
      if (own.size > 0) members.set(workflow, own);
    }
    return members;
  }

  #counted(rule: PodRule, task: RuleTask, countsOthers: boolean, namespace: string): CountedRule {
    const first = this.#counts.length;
    const byName = new Map<string, number>();
    const domain = new Int32Array(this.#nodes.length + 1).fill(-1);
    for (const [i, node] of this.#nodes.entries()) {
      const name = labelOf(node.labels, rule.topologyKey);
      if (name === undefined || (rule.kind === 'Spread' && !isEligible(rule, task, node))) continue;
      let at = byName.get(name);
      if (at === undefined) {
        at = this.#counts.push(0) - 1;
        byName.set(name, at);
      }
      domain[i] = at;
    }
    for (const pod of countsOthers ? this.#others : []) {
      const at = domain[this.#positions.get(pod.node) ?? -1] ?? -1;
      if (at >= 0 && pod.namespace === namespace && matchesSelector(pod.labels, rule.selector))
        this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    }
    const { kind, maxSkew, minDomains } = rule;
    const end = this.#counts.length;
    const counted = { index: this.#rules.length, kind, maxSkew, minDomains, domain, first, end };
    this.#rules.push(counted);
    return counted;
  }

  #draft(workflow: RuleWorkflow, task: number): Draft {
    let drafts = this.#drafts.get(workflow);
    if (drafts === undefined) this.#drafts.set(workflow, (drafts = new Map<number, Draft>()));
    let draft = drafts.get(task);
    if (draft === undefined) drafts.set(task, (draft = { required: [], preferred: [], countedBy: [] }));
    return draft;
  }
}

interface Stated {
  readonly rule: PodRule;
  readonly namespace: string;
  /** The first task that has it; all that do use the same nodes. */
  readonly by: RuleTask;
  readonly owners: Map<RuleWorkflow, Set<number>>;
}

/** What of a task decides which nodes its pods are spread over. */
function eligibility(rule: PodRule, task: RuleTask): unknown {
  return [
    spreadKeys(task),
    rule.honorsNodeAffinity ? [task.nodeSelector, task.affinity?.nodeAffinity] : undefined,
    rule.honorsTaints ? task.tolerations : undefined,
  ];
}

/** A node that lacks the label of any of a pod's constraints is none that the pod is spread over. */
function isEligible(rule: PodRule, task: RuleTask, node: RuleNode): boolean {
  if (!spreadKeys(task).every((key) => labelOf(node.labels, key) !== undefined)) return false;
  if (
    rule.honorsNodeAffinity &&
    (missingLabel(node, task.nodeSelector ?? {}) !== undefined || !matchesAffinity(node, task.affinity))
  )
    return false;
  return !rule.honorsTaints || untolerated(node.taints, task.tolerations ?? []) === undefined;
}

function spreadKeys({ podRules: rules = [] }: RuleTask): string[] {
  return rules.filter((r) => r.kind === 'Spread' && r.weight === undefined).map((r) => r.topologyKey);
}

function* each(tasks: Tasks): Generator<readonly [RuleWorkflow, number]> {
  for (const [workflow, own] of tasks) for (const task of own) yield [workflow, task];
}

function isSame(a: Tasks, b: Tasks): boolean {
  if (a.size !== b.size) return false;
  for (const [workflow, own] of a) {
    const other = b.get(workflow);
    if (other?.size !== own.size) return false;
    for (const task of own) if (!other.has(task)) return false;
  }
  return true;
}

function keyOf({ required, preferred, countedBy }: Draft): string {
  const check = ({ rule, isCounted }: RuleCheck): string => `${rule.index}${isCounted ? '+' : ''}`;
  return [required.map(check), preferred.map(check), countedBy.map((r) => r.index)]
    .map((list) => list.join(','))
    .join(';');
}
