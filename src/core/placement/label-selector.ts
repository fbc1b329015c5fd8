/** Label selectors of pods, as `k8s.io/apimachinery/pkg/apis/meta/v1` has them: everything in one must hold. */
import { labelOf, matchesLabel, type Labels } from './labels.ts';
import type { LabelSelector, LabelSelectorRequirement } from './types.ts';

/** An empty selector matches every pod. */
export function matchesSelector(labels: Labels, { matchLabels, matchExpressions }: LabelSelector): boolean {
  return (
    Object.entries(matchLabels ?? {}).every(([key, value]) => labelOf(labels, key) === value) &&
    (matchExpressions ?? []).every((requirement) => matchesLabel(labels, requirement))
  );
}

/** `app=train,tier in (a, b)`, as kubectl writes it. */
export function formatSelector({ matchLabels, matchExpressions }: LabelSelector): string {
  const parts = [
    ...Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(matchExpressions ?? []).map(formatRequirement),
  ];
  return parts.length === 0 ? 'any labels' : parts.join(',');
}

function formatRequirement({ key, operator, values = [] }: LabelSelectorRequirement): string {
  switch (operator) {
    case 'In':
      return `${key} in (${values.join(', ')})`;
    case 'NotIn':
      return `${key} notin (${values.join(', ')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
  }
}
