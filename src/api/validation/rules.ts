/**
 * The CEL rules of `x-kubernetes-validations`, evaluated as the API server does: integers as `int`, times as
 * `timestamp`, fields that the schema does not know out of sight, and Kubernetes' own functions for quantities.
 *
 * A function that a new rule needs and that is missing here makes the rule fail to compile, which the unit
 * tests see.
 */
import { Environment } from '@marcbachmann/cel-js';
import type { Problem } from '../problem.ts';
import { parseDateTime } from './date-time.ts';
import { formatPath, isObject, type FieldPath } from './field-path.ts';
import { Quantity } from './quantity.ts';
import { schemaOf } from './prepare.ts';
import type { StructuralSchema, ValidationRule } from './schema.ts';

export type Program = (context: { self: unknown }) => unknown;

/** Compiles each rule once, however many values it is asked of. */
export class Rules {
  readonly #environment = kubernetesEnvironment();
  readonly #programs = new Map<string, Program>();

  /** `value` must have passed the checks of its structure. */
  check(value: unknown, schema: StructuralSchema): Problem[] {
    const problems: Problem[] = [];
    this.#visit(value, schema, [], problems);
    return problems;
  }

  /** Returns the value as CEL sees it. */
  #visit(value: unknown, schema: StructuralSchema, path: FieldPath, problems: Problem[]): unknown {
    const at = problems.length;
    const self = this.#convert(value, schema, path, problems);
    const own = (schema['x-kubernetes-validations'] ?? []).flatMap((rule) =>
      this.#apply(rule, self, value, path),
    );
    problems.splice(at, 0, ...own);
    return self;
  }

  #convert(value: unknown, schema: StructuralSchema, path: FieldPath, problems: Problem[]): unknown {
    if (Array.isArray(value)) {
      const items = schema.items ?? {};
      return value.map((item, i) => this.#visit(item, items, [...path, i], problems));
    }
    if (isObject(value)) {
      const visible = Object.entries(value).flatMap(([key, field]) => {
        const fieldSchema = schemaOf(schema, key);
        return fieldSchema === undefined
          ? []
          : [[key, this.#visit(field, fieldSchema, [...path, key], problems)]];
      });
      return Object.fromEntries(visible) as unknown;
    }
    if (typeof value === 'number') return schema.type === 'number' ? value : BigInt(value);
    if (typeof value === 'string' && schema.format === 'date-time') return parseDateTime(value);
    return value;
  }

  #apply(rule: ValidationRule, self: unknown, value: unknown, path: FieldPath): Problem[] {
    const failure = evaluate(this.compile(rule), self);
    if (failure === undefined) return [];
    // The API server shows a value where it is a single one, and not a whole object or list.
    const isShown = rule.fieldPath === undefined && !Array.isArray(value) && !isObject(value);
    const message = failure.error ?? rule.message ?? `failed rule: ${rule.rule}`;
    return [
      {
        field: formatPath(path) + (rule.fieldPath ?? ''),
        reason: rule.reason ?? 'FieldValueInvalid',
        message: `Invalid value: ${isShown ? `${JSON.stringify(value)}: ` : ''}${message}`,
      },
    ];
  }

  /** Throws where the rule is no CEL, or uses what is not known here. */
  compile(rule: ValidationRule): Program {
    const known = this.#programs.get(rule.rule);
    if (known !== undefined) return known;
    const program = this.#environment.parse(rule.rule) as Program;
    this.#programs.set(rule.rule, program);
    return program;
  }
}

/** Undefined where the rule holds. A rule that cannot be evaluated does not hold. */
function evaluate(program: Program, self: unknown): { error?: string } | undefined {
  try {
    return program({ self }) === true ? undefined : {};
  } catch (error) {
    return { error: `rule evaluation error: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function kubernetesEnvironment(): Environment {
  return new Environment({ unlistedVariablesAreDyn: true })
    .registerType('Quantity', { ctor: Quantity, fields: {} })
    .registerFunction('isQuantity(string): bool', (text: string) => Quantity.parse(text) !== undefined)
    .registerFunction('quantity(string): Quantity', (text: string) => {
      const quantity = Quantity.parse(text);
      if (quantity === undefined) throw new Error(`${text} is not a quantity`);
      return quantity;
    })
    .registerFunction('Quantity.compareTo(Quantity): int', (a: Quantity, b: Quantity) => a.compareTo(b));
}
