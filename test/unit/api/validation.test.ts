import { expect } from 'chai';
import fc from 'fast-check';
import { isDateTime } from '../../../src/api/validation/date-time.ts';
import { Quantity } from '../../../src/api/validation/quantity.ts';
import { Rules } from '../../../src/api/validation/rules.ts';
import { readKindSchemas, type StructuralSchema } from '../../../src/api/validation/schema.ts';
import { Validator } from '../../../src/api/validation/index.ts';
import { checkObject } from '../../../src/cli/manifests/check.ts';
import { INVALID_OBJECTS } from '../../apiserver/validation/invalid-objects/index.ts';
import { set, workflow } from '../../apiserver/validation/valid-base.ts';
import { VALID_OBJECTS } from '../../apiserver/validation/valid-objects.ts';

// That these verdicts are the API server's own is shown by test/apiserver/validation.
describe('offline validation', () => {
  let validator: Validator;
  before(async () => {
    validator = await Validator.load();
  });

  it('names the field and the mistake of every object that must be refused', () => {
    for (const { name, object, field, message } of INVALID_OBJECTS) {
      const { problems } = checkObject(validator, object);
      const found = problems.some((problem) => problem.field === field && problem.message.includes(message));
      expect(found, `${name}: ${JSON.stringify(problems)}`).to.be.true;
    }
  });

  it('has nothing against those that must be accepted', () => {
    for (const { name, object } of VALID_OBJECTS) {
      expect(checkObject(validator, object).problems, name).to.deep.equal([]);
    }
  });

  it('fills in the defaults, of a copy', () => {
    const object = workflow();
    const before = structuredClone(object);
    const { spec } = validator.validate(object).object as { spec: Record<string, unknown> };
    expect(spec.suspend).to.be.false;
    expect(spec.planning).to.deep.equal({ mode: 'Auto', contentionCeilingPercent: 20, slackPercent: 10 });
    expect(object).to.deep.equal(before);
  });

  it('looks at status only when asked to', () => {
    const object = workflow(set('status', { taskCounts: { total: 'three' } }));
    expect(validator.validate(object).problems).to.deep.equal([]);
    const { problems } = validator.validate(object, { status: 'check' });
    expect(problems.map(({ field }) => field)).to.deep.equal(['status.taskCounts.total']);
  });

  it('says which kinds there are, to an object that is of none', () => {
    const fieldOf = (object: unknown): string | undefined => validator.validate(object).problems[0]?.field;
    expect(fieldOf({ ...workflow(), apiVersion: 'foreshard.dev/v1' })).to.equal('apiVersion');
    expect(fieldOf({ ...workflow(), kind: 'Workflows' })).to.equal('kind');
    expect(fieldOf({ ...workflow(), kind: undefined })).to.equal('kind');
    expect(fieldOf('Workflow')).to.equal('');
    const { message } = validator.validate({ ...workflow(), kind: 'Workflows' }).problems[0]!;
    expect(message).to.include('Workflow (foreshard.dev/v1alpha1)');
  });

  it('still sees the graph of a workflow whose types are wrong, and says that rules were left out', () => {
    const object = workflow(set('spec.suspend', 'yes'), set('spec.tasks[2].dependencies', ['zz']));
    const { problems, isComplete } = checkObject(validator, object);
    expect(problems.map(({ field }) => field)).to.deep.equal([
      'spec.suspend',
      'spec.tasks[2].dependencies[0]',
    ]);
    expect(isComplete).to.be.false;
  });

  it('never fails on any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (metadata, spec) => {
        for (const kind of ['Workflow', 'ShardPlan', 'NodeForecast']) {
          checkObject(validator, { apiVersion: 'foreshard.dev/v1alpha1', kind, metadata, spec });
        }
      }),
    );
  });
});

describe('the rules of the schemas', () => {
  it('are all understood by the CEL that evaluates them here', async () => {
    const rules = new Rules();
    const known = (await readKindSchemas()).flatMap(({ schema }) => listRules(schema));
    expect(known.length).to.be.greaterThan(10);
    for (const rule of known) rules.compile(rule);
  });

  it('all have a message', async () => {
    for (const { schema } of await readKindSchemas()) {
      for (const { rule, message = '' } of listRules(schema)) expect(message, rule).to.not.equal('');
    }
  });
});

function listRules(schema: StructuralSchema): { rule: string; message?: string }[] {
  const inner = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  return [
    ...(schema['x-kubernetes-validations'] ?? []),
    ...inner.flatMap((part) => (part === undefined ? [] : listRules(part))),
  ];
}

describe('a quantity of the rules', () => {
  const compare = (a: string, b: string): bigint | undefined => {
    const [left, right] = [Quantity.parse(a), Quantity.parse(b)];
    return left === undefined || right === undefined ? undefined : left.compareTo(right);
  };

  it('is compared exactly, whatever its suffix', () => {
    expect(compare('1Ki', '1024')).to.equal(0n);
    expect(compare('0.1', '100m')).to.equal(0n);
    expect(compare('1e3', '1k')).to.equal(0n);
    expect(compare('9007199254740993', '9007199254740992')).to.equal(1n);
    expect(compare('-1', '0')).to.equal(-1n);
    expect(compare('.5Mi', '524288')).to.equal(0n);
  });

  it('is none where Kubernetes would not take it', () => {
    for (const text of ['', 'two', '1 Gi', '1gb', '1KI', '1e', '--1', '1.2.3', '0x10', 'Pi']) {
      expect(Quantity.parse(text), text).to.be.undefined;
    }
  });

  it('is 0 where Kubernetes takes it without a digit', () => {
    for (const text of ['.', 'm', '-', 'Ki']) expect(compare(text, '0'), text).to.equal(0n);
  });

  it('is read or refused soon, whatever its exponent', () => {
    expect(compare('1e1000', '1e-1000')).to.equal(1n);
    expect(Quantity.parse('1e999999999999')).to.be.undefined;
  });
});

describe('a time', () => {
  it('is one by RFC 3339, with a zone, of a day that there is', () => {
    for (const text of ['2026-11-24T01:00:00Z', '2024-02-29t23:59:59.123z', '0001-01-01T00:00:00-12:00']) {
      expect(isDateTime(text), text).to.be.true;
    }
    for (const text of [
      '2026-11-24',
      '2026-11-24T01:00:00',
      '2023-02-29T00:00:00Z',
      '2026-11-24T24:00:00Z',
      '2026-13-01T00:00:00Z',
    ]) {
      expect(isDateTime(text), text).to.be.false;
    }
  });
});
