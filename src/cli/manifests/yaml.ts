/**
 * YAML (and JSON, which is a part of it) as kubectl reads it, with the line of every value.
 *
 * js-yaml gives no positions with its values, but tells a listener when it begins and ends each node. Nodes
 * nest as the text does, so that these calls make a tree beside the value: the children of a mapping are its
 * keys and values in turn, those of a sequence are its items.
 */
import yaml from 'js-yaml';

export interface Document {
  readonly value: unknown;
  /** Where it begins; the first line is 1. */
  readonly line: number;
  /** The line of a field in the API server's notation, such as `spec.tasks[3].name`, or of the innermost part of it that is there. */
  readonly lineOf: (field: string) => number;
}

/** The text is no YAML. Line and column count from 1. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
  readonly line: number;
  readonly column: number;

  constructor(reason: string, line: number, column: number) {
    super(reason);
    this.line = line;
    this.column = column;
  }
}

/** kubectl takes YAML 1.1's booleans, except single letters. */
const BOOLEAN = /^(?:true|yes|on|false|no|off)$/i;
const BOOL = new yaml.Type('tag:yaml.org,2002:bool', {
  kind: 'scalar',
  resolve: (text: unknown) => typeof text === 'string' && BOOLEAN.test(text) && isPlainCase(text),
  construct: (text: string) => /^(?:true|yes|on)$/i.test(text),
});

/** `yes`, `Yes` and `YES`, but not `yEs`. */
function isPlainCase(text: string): boolean {
  const rest = text.slice(1);
  return rest === rest.toLowerCase() || text === text.toUpperCase();
}

/** `<<: *anchor` */
const MERGE = new yaml.Type('tag:yaml.org,2002:merge', {
  kind: 'scalar',
  resolve: (text: unknown) => text === '<<',
});

/** Times stay strings, as in JSON. */
const SCHEMA = yaml.CORE_SCHEMA.extend({ implicit: [BOOL, MERGE] });

/** Documents that hold nothing are left out. Throws a YamlError. */
export function parseDocuments(text: string): Document[] {
  const roots: Node[] = [];
  const open: Node[] = [];
  const listener = (event: 'open' | 'close', state: yaml.State): void => {
    if (event === 'open') {
      const node: Node = { line: state.line + 1, children: [], kind: undefined, value: undefined };
      (open.at(-1)?.children ?? roots).push(node);
      open.push(node);
      return;
    }
    const node = open.pop();
    if (node === undefined) return;
    node.kind = state.kind;
    node.value = state.result;
  };

  const values: unknown[] = [];
  try {
    yaml.loadAll(text, (value) => values.push(value), { schema: SCHEMA, listener });
  } catch (error) {
    throw error instanceof yaml.YAMLException ? toYamlError(error) : error;
  }
  return values.flatMap((value, i) => {
    const root = roots[i];
    if (value === null || value === undefined) return [];
    const line = root === undefined ? 1 : firstLine(root);
    return [{ value, line, lineOf: (field) => (root === undefined ? 1 : lineOf(root, field, line)) }];
  });
}

interface Node {
  readonly line: number;
  readonly children: Node[];
  /** js-yaml types it as a string that may be null. */
  kind: string | null | undefined;
  value: unknown;
}

/** A document's node begins where the last document ended; its first key or item is where it is seen to begin. */
function firstLine(root: Node): number {
  return root.children[0]?.line ?? root.line;
}

function lineOf(node: Node, field: string, line: number): number {
  const step = nextNode(node, field);
  return step === undefined ? line : lineOf(step.value, step.rest, step.line);
}

interface Step {
  readonly value: Node;
  readonly line: number;
  readonly rest: string;
}

function nextNode({ kind, children }: Node, field: string): Step | undefined {
  if (kind === 'sequence') {
    const match = /^\[(\d+)\]\.?(.*)$/s.exec(field);
    const value = match === null ? undefined : children[Number(match[1])];
    return value === undefined ? undefined : { value, line: value.line, rest: match?.[2] ?? '' };
  }
  if (kind !== 'mapping') return undefined;
  for (let i = 0; i + 1 < children.length; i += 2) {
    const [key, value] = [children[i], children[i + 1]];
    if (key === undefined || value === undefined) continue;
    // Keys may hold dots (labels), so the field is compared with each key, and not split.
    const rest = restAfter(field, String(key.value));
    if (rest !== undefined) return { value, line: key.line, rest };
  }
  return undefined;
}

function restAfter(field: string, key: string): string | undefined {
  if (field === key) return '';
  if (!field.startsWith(key)) return undefined;
  const rest = field.slice(key.length);
  if (rest.startsWith('.')) return rest.slice(1);
  return rest.startsWith('[') ? rest : undefined;
}

function toYamlError({ reason, mark }: yaml.YAMLException): YamlError {
  return new YamlError(reason, mark.line + 1, mark.column + 1);
}
