/**
 * Node selectors and required node affinity, as kube-scheduler's NodeAffinity filter has them
 * (`k8s.io/component-helpers/scheduling/corev1/nodeaffinity`). Preferred affinity keeps no pod off a node.
 */
import { labelOf, matchesLabel, type Labels } from './labels.ts';
import type { Affinity, NodeSelectorRequirement, NodeSelectorTerm } from './types.ts';

/** What a selector is matched against. */
export interface Labelled {
  readonly name: string;
  readonly labels: Labels;
}

/** The first label of the selector that the node does not have, as `key` and `value`. */
export function missingLabel(
  node: Labelled,
  nodeSelector: Readonly<Record<string, string>>,
): { readonly key: string; readonly value: string } | undefined {
  for (const [key, value] of Object.entries(nodeSelector)) {
    if (labelOf(node.labels, key) !== value) return { key, value };
  }
  return undefined;
}

/** Terms are alternatives. No required affinity allows every node; a list without terms allows none. */
export function matchesAffinity(node: Labelled, affinity: Affinity | undefined): boolean {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required == null) return true;
  return required.nodeSelectorTerms.some((term) => matchesTerm(node, term));
}

/** All of a term's requirements must hold. A term without any matches no node. */
function matchesTerm(node: Labelled, term: NodeSelectorTerm): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  return (
    expressions.every((r) => matchesLabel(node.labels, r)) && fields.every((r) => matchesField(node.name, r))
  );
}

function matchesField(name: string, { key, operator, values = [] }: NodeSelectorRequirement): boolean {
  if (key !== 'metadata.name' || values.length !== 1) return false;
  switch (operator) {
    case 'In':
      return values[0] === name;
    case 'NotIn':
      return values[0] !== name;
    default:
      return false;
  }
}
