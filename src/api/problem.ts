/** What is wrong with an object, as the API server, `foreshard lint` and the condition `Stalled` report it. */

export interface Problem {
  /** In the API server's notation: `spec.tasks[3].dependencies[0]`; empty where it is the object as a whole. */
  readonly field: string;
  /** In CamelCase, for machines. */
  readonly reason: string;
  /** What is wrong and the way out, for people. Reads on after the field's name and a colon. */
  readonly message: string;
}

/** `spec.tasks[3].dependencies[0]: there is no task b` */
export function formatProblem({ field, message }: Problem): string {
  return field === '' ? message : `${field}: ${message}`;
}

/** One message for several problems: the first ones in full, and how many more there are. */
export function summarizeProblems(problems: readonly Problem[], shown = 3): string {
  const more = problems.length - shown;
  const texts = problems.slice(0, shown).map(formatProblem);
  return [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
