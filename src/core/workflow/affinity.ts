/** Node affinities combined so that all of them hold, as a Pod can carry only one. */
import type { Affinity, NodeAffinity, NodeSelectorTerm } from '../placement/types.ts';

/** Undefined where none of them says anything of nodes. */
export function combineAffinity(affinities: readonly (Affinity | undefined)[]): Affinity | undefined {
  const parts = affinities.map((affinity) => affinity?.nodeAffinity).filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  return { nodeAffinity: parts.reduce(both) };
}

function both(a: NodeAffinity, b: NodeAffinity): NodeAffinity {
  const required = bothRequired(
    a.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms,
    b.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms,
  );
  const preferred = [
    ...(a.preferredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(b.preferredDuringSchedulingIgnoredDuringExecution ?? []),
  ];
  return {
    ...(required && { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: required } }),
    ...(preferred.length > 0 && { preferredDuringSchedulingIgnoredDuringExecution: preferred }),
  };
}

type Terms = readonly NodeSelectorTerm[];

/** Terms are alternatives, so that both lists hold where a term of one holds together with a term of the other. */
function bothRequired(a: Terms | undefined, b: Terms | undefined): Terms | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  // A term that says nothing matches no node; joined with another one it would match that one's.
  const joined = a.filter(saysSomething).flatMap((x) => b.filter(saysSomething).map((y) => joinTerms(x, y)));
  return joined.length > 0 ? joined : [{}];
}

function saysSomething(term: NodeSelectorTerm): boolean {
  return (term.matchExpressions ?? []).length + (term.matchFields ?? []).length > 0;
}

function joinTerms(a: NodeSelectorTerm, b: NodeSelectorTerm): NodeSelectorTerm {
  const matchExpressions = [...(a.matchExpressions ?? []), ...(b.matchExpressions ?? [])];
  const matchFields = [...(a.matchFields ?? []), ...(b.matchFields ?? [])];
  return {
    ...(matchExpressions.length > 0 && { matchExpressions }),
    ...(matchFields.length > 0 && { matchFields }),
  };
}
