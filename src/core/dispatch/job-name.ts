/**
 * Names of the Jobs that run a task's attempts.
 *
 * The name is a function of the workflow's uid, the task and the attempt, so that whoever creates the Job
 * a second time (after a crash between two writes, or from a stale cache) is told AlreadyExists. Names
 * alone would not do: `a` + `b-c` and `a-b` + `c` would make the same one, and a Workflow that was deleted
 * and made again must not adopt the Jobs of the old one.
 */

const PREFIX_LENGTH = 22;

/** At most 63 characters: Kubernetes copies a Job's name into a label of its pods. */
export function jobName(workflow: { name: string; uid: string }, task: string, attempt: number): string {
  const hash = stableHash(`${workflow.uid}/${task}`);
  return `${prefix(workflow.name)}-${prefix(task)}-${hash}-${attempt}`;
}

function prefix(name: string): string {
  // A name may hold dots (a Workflow's is a DNS subdomain); a Job's pods need a DNS label.
  return name.slice(0, PREFIX_LENGTH).replaceAll('.', '-').replace(/-+$/, '');
}

/** Ten characters of base 36, from 53 bits (cyrb53: two multiply-xorshift lanes). Not for secrets. */
export function stableHash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  const value = 4294967296 * (2097151 & b) + (a >>> 0);
  return value.toString(36).padStart(10, '0').slice(-10);
}
