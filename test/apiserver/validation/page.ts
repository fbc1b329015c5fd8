/** docs/reference/invalid-objects.md: what is refused, and in which words. */
import { formatProblem, type Problem } from '../../../src/api/problem.ts';
import type { InvalidObject } from './invalid-objects/index.ts';

export interface Row {
  readonly invalid: InvalidObject;
  readonly problems: readonly Problem[];
}

const HEAD = `# Objects that are refused

Each row is an object with one mistake, and what \`foreshard lint\` says of it. The API server refuses those
marked *admission* with the same words. Those marked *operator* need the whole graph, or the inside of a pod
template, which an admission rule cannot look at: the API server takes them, and the operator sets the
Workflow's condition \`Stalled\` with this message, and goes on with the others.

This page is written by \`test/apiserver/validation\` (run it with \`UPDATE_DOCS=1\`), which asks a real API
server about every row.

| what is wrong | refused by | message |
|---|---|---|
`;

export function invalidObjectsPage(rows: readonly Row[]): string {
  return HEAD + rows.map(toRow).join('\n') + '\n';
}

function toRow({ invalid, problems }: Row): string {
  const problem =
    problems.find(({ field, message }) => field === invalid.field && message.includes(invalid.message)) ??
    problems[0];
  const message = problem === undefined ? '' : shorten(formatProblem(problem));
  const by = invalid.by === 'server' ? 'admission' : 'operator';
  return `| ${invalid.name} | ${by} | \`${message.replaceAll('|', '\\|').replaceAll('`', "'")}\` |`;
}

function shorten(text: string): string {
  return text.replaceAll(/(.)\1{20,}/g, '$1…').replace(/\s+/g, ' ');
}
