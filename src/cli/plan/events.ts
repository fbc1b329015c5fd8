/** One line of a planning session's input: what has changed, and when (design, section 9). */
import { RESOURCES } from '../../core/resources.ts';
import type { Load } from '../../history/index.ts';
import { InputError } from '../support/errors.ts';

export interface SessionEvent {
  /** Milliseconds, as all times here. */
  readonly at: number;
  /** Fractions of the node's capacity. */
  readonly samples: readonly { readonly node: string; readonly time: number; readonly load: Load }[];
  readonly nodes: readonly { readonly name: string; readonly ready: boolean }[];
  readonly tasks: readonly TaskEvent[];
}

export interface TaskEvent {
  readonly workflow: string;
  readonly name: string;
  readonly state: TaskEventState;
  readonly node: string | undefined;
  readonly startTime: number | undefined;
  readonly completionTime: number | undefined;
}

const STATES = ['Pending', 'Starting', 'Running', 'Succeeded', 'Failed', 'Omitted'] as const;
type TaskEventState = (typeof STATES)[number];

/** Throws an InputError that names the line and the field. */
export function parseEvent(text: string, line: number): SessionEvent {
  const where = `standard input:${line}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${where}: this is no JSON: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
  const event = new Fields(value, where, '');
  return {
    at: event.time('at'),
    samples: event.list('samples').map((sample) => ({
      node: sample.text('node'),
      time: sample.time('time'),
      load: Object.fromEntries(RESOURCES.map((r) => [r, sample.optionalNumber(r) ?? null])) as Load,
    })),
    nodes: event.list('nodes').map((node) => ({ name: node.text('name'), ready: node.flag('ready') })),
    tasks: event.list('tasks').map((task) => ({
      workflow: task.text('workflow'),
      name: task.text('name'),
      state: task.oneOf('state', STATES),
      node: task.optionalText('node'),
      startTime: task.optionalTime('startTime'),
      completionTime: task.optionalTime('completionTime'),
    })),
  };
}

/** The fields of a JSON object, each of the type that is asked for. */
class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #path: string;

  constructor(value: unknown, where: string, path: string) {
    this.#where = where;
    this.#path = path;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.#fail('', 'is no object');
    this.#fields = value as Readonly<Record<string, unknown>>;
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.#fail(name, 'is required');
  }

  optionalText(name: string): string | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === null) return undefined;
    return typeof value === 'string' ? value : this.#fail(name, 'must be a string');
  }

  time(name: string): number {
    return this.optionalTime(name) ?? this.#fail(name, 'is required');
  }

  optionalTime(name: string): number | undefined {
    const text = this.optionalText(name);
    if (text === undefined) return undefined;
    const time = Date.parse(text);
    return Number.isNaN(time) ? this.#fail(name, `"${text}" is no time: write it as RFC 3339 has it`) : time;
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === null) return undefined;
    return typeof value === 'number' ? value : this.#fail(name, 'must be a number');
  }

  flag(name: string): boolean {
    const value = this.#fields[name];
    return typeof value === 'boolean' ? value : this.#fail(name, 'must be true or false');
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T {
    const text = this.text(name);
    return values.find((v) => v === text) ?? this.#fail(name, `must be one of ${values.join(', ')}`);
  }

  list(name: string): Fields[] {
    const value = this.#fields[name];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) this.#fail(name, 'must be a list');
    return (value as unknown[]).map(
      (item, i) => new Fields(item, this.#where, `${this.#path}${name}[${i}].`),
    );
  }

  #fail(name: string, reason: string): never {
    const field = `${this.#path}${name}`.replace(/\.$/, '');
    throw new InputError(`${this.#where}: ${field === '' ? 'the event' : field} ${reason}`);
  }
}
