/**
 * Rules among pods, as a template states them: `topologySpreadConstraints`, and affinity and anti-affinity to pods.
 *
 * They are read twice: into what is planned by, and into what the task's pods carry. Without a label selector a rule
 * is about the tasks of the same template of the same workflow.
 */
import { LABEL_TASK, LABEL_TEMPLATE, LABEL_WORKFLOW } from '../../api/constants.ts';
import type { Problem } from '../../api/problem.ts';
import { formatSelector } from '../placement/label-selector.ts';
import type {
  Affinity,
  LabelSelector,
  LabelSelectorRequirement,
  PodAffinity,
  PodAffinityTerm,
  PodRule,
  TopologySpreadConstraint,
} from '../placement/types.ts';

/** As stated in one place: the pod template, the template, or the task. */
export interface StatedRules {
  readonly affinity?: Affinity;
  readonly topologySpreadConstraints?: readonly Partial<TopologySpreadConstraint>[];
}

/** Whose rules they are. */
export interface RuleOwner {
  readonly workflow: string;
  readonly task: string;
  /** One of spec.templates; undefined for a task with a template of its own. */
  readonly template: string | undefined;
  /** Of its pods. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface ResolvedRules {
  readonly podRules: readonly PodRule[];
  /** For the pods: what is missing is not stated anywhere. */
  readonly podAffinity?: PodAffinity;
  readonly podAntiAffinity?: PodAffinity;
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[];
}

/** All places together: terms add up, and of two constraints for one key and reaction the last counts. */
export function resolveRules(stated: readonly StatedRules[], owner: RuleOwner): ResolvedRules {
  const reading = new Reading(owner);
  const podAffinity = reading.affinity(
    'Affinity',
    stated.map((s) => s.affinity?.podAffinity),
  );
  const podAntiAffinity = reading.affinity(
    'AntiAffinity',
    stated.map((s) => s.affinity?.podAntiAffinity),
  );
  const spread = reading.spread(stated.flatMap((s) => s.topologySpreadConstraints ?? []));
  return {
    podRules: reading.rules,
    ...(podAffinity && { podAffinity }),
    ...(podAntiAffinity && { podAntiAffinity }),
    ...(spread.length > 0 && { topologySpreadConstraints: spread }),
  };
}

class Reading {
  readonly rules: PodRule[] = [];
  readonly #owner: RuleOwner;

  constructor(owner: RuleOwner) {
    this.#owner = owner;
  }

  affinity(
    kind: 'Affinity' | 'AntiAffinity',
    parts: readonly (PodAffinity | undefined)[],
  ): PodAffinity | undefined {
    const required = parts
      .flatMap((p) => p?.requiredDuringSchedulingIgnoredDuringExecution ?? [])
      .map((term) => this.#term(kind, term, undefined));
    const preferred = parts
      .flatMap((p) => p?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
      .map(({ weight, podAffinityTerm }) => ({
        weight,
        podAffinityTerm: this.#term(kind, podAffinityTerm, weight),
      }));
    if (required.length + preferred.length === 0) return undefined;
    return {
      ...(required.length > 0 && { requiredDuringSchedulingIgnoredDuringExecution: required }),
      ...(preferred.length > 0 && { preferredDuringSchedulingIgnoredDuringExecution: preferred }),
    };
  }

  spread(constraints: readonly Partial<TopologySpreadConstraint>[]): TopologySpreadConstraint[] {
    const last = new Map<string, TopologySpreadConstraint>();
    for (const constraint of constraints) {
      const whole = {
        ...constraint,
        topologyKey: constraint.topologyKey ?? '',
        maxSkew: constraint.maxSkew ?? 1,
        whenUnsatisfiable: constraint.whenUnsatisfiable ?? 'DoNotSchedule',
      } as const;
      last.set(`${whole.topologyKey} ${whole.whenUnsatisfiable}`, whole);
    }
    return [...last.values()].map((constraint) => {
      const { topologyKey, maxSkew, minDomains, ...rest } = constraint;
      const honorsNodeAffinity = constraint.nodeAffinityPolicy !== 'Ignore';
      this.rules.push({
        kind: 'Spread',
        topologyKey,
        ...this.#selected(constraint),
        ...(constraint.whenUnsatisfiable === 'ScheduleAnyway' && { weight: 100 }),
        maxSkew,
        minDomains: minDomains ?? 1,
        honorsNodeAffinity,
        honorsTaints: constraint.nodeTaintsPolicy === 'Honor',
      });
      return {
        ...rest,
        topologyKey,
        maxSkew,
        // A pod is pinned to its node: kube-scheduler would see a single domain, and never enough of them.
        ...(minDomains === undefined || honorsNodeAffinity ? {} : { minDomains }),
        labelSelector: constraint.labelSelector ?? this.#implicit(),
      };
    });
  }

  #term(kind: PodRule['kind'], term: PodAffinityTerm, weight: number | undefined): PodAffinityTerm {
    this.rules.push({
      kind,
      topologyKey: term.topologyKey,
      ...this.#selected(term),
      ...(weight !== undefined && { weight }),
      maxSkew: 1,
      minDomains: 1,
      honorsNodeAffinity: false,
      honorsTaints: false,
    });
    return { ...term, labelSelector: term.labelSelector ?? this.#implicit() };
  }

  #implicit(): LabelSelector {
    const { workflow, task, template } = this.#owner;
    const own: [string, string] = template === undefined ? [LABEL_TASK, task] : [LABEL_TEMPLATE, template];
    return { matchLabels: Object.fromEntries([[LABEL_WORKFLOW, workflow], own]) };
  }

  #selected({
    labelSelector,
    matchLabelKeys = [],
    mismatchLabelKeys = [],
  }: Partial<PodAffinityTerm>): Pick<PodRule, 'selector' | 'of'> {
    const { task, template, labels } = this.#owner;
    const stated = labelSelector ?? this.#implicit();
    const byKey = (keys: readonly string[], operator: 'In' | 'NotIn'): LabelSelectorRequirement[] =>
      keys.flatMap((key) => {
        const value = labels[key];
        return value === undefined ? [] : [{ key, operator, values: [value] }];
      });
    const added = [...byKey(matchLabelKeys, 'In'), ...byKey(mismatchLabelKeys, 'NotIn')];
    const selector =
      added.length === 0
        ? stated
        : { ...stated, matchExpressions: [...(stated.matchExpressions ?? []), ...added] };
    const own = template === undefined ? `task ${task}` : `tasks of template ${template}`;
    return { selector, of: labelSelector === undefined ? own : `pods with ${formatSelector(selector)}` };
  }
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const OPERATORS: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/**
 * What cannot be planned by, and what the API server would refuse in a pod.
 *
 * @param field path of what holds `affinity` and `topologySpreadConstraints`
 */
export function ruleProblems(
  { affinity, topologySpreadConstraints = [] }: StatedRules,
  field: string,
): Problem[] {
  return [
    ...(['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
      const at = `${field}.affinity.${kind}`;
      const required = affinity?.[kind]?.[REQUIRED] ?? [];
      const preferred = affinity?.[kind]?.[PREFERRED] ?? [];
      return [
        ...required.flatMap((term, i) => termProblems(term, `${at}.${REQUIRED}[${i}]`)),
        ...preferred.flatMap(({ weight, podAffinityTerm }, i) => [
          ...outside(weight, 1, 100, `${at}.${PREFERRED}[${i}].weight`),
          ...termProblems(podAffinityTerm, `${at}.${PREFERRED}[${i}].podAffinityTerm`),
        ]),
      ];
    }),
    ...topologySpreadConstraints.flatMap((c, i) =>
      constraintProblems(
        c,
        topologySpreadConstraints.slice(0, i),
        `${field}.topologySpreadConstraints[${i}]`,
      ),
    ),
  ];
}

function termProblems(term: PodAffinityTerm, field: string): Problem[] {
  const foreign = (['namespaces', 'namespaceSelector'] as const).filter((name) => term[name] !== undefined);
  return [
    ...foreign.map((name) => ({
      field: `${field}.${name}`,
      reason: 'UnsupportedPlacement',
      message: `only pods of the workflow's own namespace can be planned by: remove ${name}`,
    })),
    ...emptyKey(term.topologyKey, field),
    ...selectorProblems(term.labelSelector, `${field}.labelSelector`),
  ];
}

function constraintProblems(
  constraint: Partial<TopologySpreadConstraint>,
  before: readonly Partial<TopologySpreadConstraint>[],
  field: string,
): Problem[] {
  const { topologyKey, maxSkew, minDomains, whenUnsatisfiable, labelSelector } = constraint;
  const isAgain = before.some(
    (b) => b.topologyKey === topologyKey && b.whenUnsatisfiable === whenUnsatisfiable,
  );
  return [
    ...emptyKey(topologyKey, field),
    ...outside(maxSkew ?? 1, 1, Infinity, `${field}.maxSkew`),
    ...outside(minDomains ?? 1, 1, Infinity, `${field}.minDomains`),
    ...(minDomains !== undefined && whenUnsatisfiable === 'ScheduleAnyway'
      ? [invalid(`${field}.minDomains`, 'is for whenUnsatisfiable: DoNotSchedule only: remove it')]
      : []),
    ...oneOf(whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'], `${field}.whenUnsatisfiable`),
    ...oneOf(constraint.nodeAffinityPolicy, ['Honor', 'Ignore'], `${field}.nodeAffinityPolicy`),
    ...oneOf(constraint.nodeTaintsPolicy, ['Honor', 'Ignore'], `${field}.nodeTaintsPolicy`),
    ...(isAgain
      ? [invalid(field, 'an earlier constraint has the same topologyKey and whenUnsatisfiable: remove one')]
      : []),
    ...selectorProblems(labelSelector, `${field}.labelSelector`),
  ];
}

function selectorProblems(selector: LabelSelector | undefined, field: string): Problem[] {
  return (selector?.matchExpressions ?? []).flatMap(({ operator, values = [] }, i) => {
    const at = `${field}.matchExpressions[${i}]`;
    const takesNone = operator === 'Exists' || operator === 'DoesNotExist';
    return [
      ...oneOf(operator, OPERATORS, `${at}.operator`),
      ...(takesNone === values.length > 0
        ? [invalid(`${at}.values`, 'In and NotIn need values; Exists and DoesNotExist take none')]
        : []),
    ];
  });
}

function emptyKey(topologyKey: string | undefined, field: string): Problem[] {
  if (topologyKey !== undefined && topologyKey !== '') return [];
  return [invalid(`${field}.topologyKey`, 'must name a label of nodes, such as kubernetes.io/hostname')];
}

function outside(value: number, least: number, most: number, field: string): Problem[] {
  if (Number.isInteger(value) && value >= least && value <= most) return [];
  const range = most === Infinity ? `${least} or more` : `from ${least} to ${most}`;
  return [invalid(field, `must be a whole number, ${range}`)];
}

function oneOf(value: string | undefined, allowed: readonly string[], field: string): Problem[] {
  if (value === undefined || allowed.includes(value)) return [];
  return [invalid(field, `${JSON.stringify(value)} is none of ${allowed.join(', ')}`)];
}

function invalid(field: string, message: string): Problem {
  return { field, reason: 'InvalidPodTemplate', message };
}
