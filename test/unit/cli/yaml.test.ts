import { expect } from 'chai';
import { parseDocuments, YamlError } from '../../../src/cli/manifests/yaml.ts';

const TEXT = `# a comment
kind: Workflow
metadata: {name: a,
  labels: {app.kubernetes.io/name: x,
    b: y}}

spec:
  # another
  tasks:
  - name: first
    dependencies: [a,
      b]
  -
    name: second
    env:
      - &variable
        name: A
        value: >
          folded
          text
      - *variable
  "quoted key": 1
`;

describe('YAML with lines', () => {
  const lineOf = (field: string): number | undefined => parseDocuments(TEXT)[0]?.lineOf(field);

  it('knows the line of every field, in block and in flow style', () => {
    expect(lineOf('kind')).to.equal(2);
    expect(lineOf('metadata.name')).to.equal(3);
    expect(lineOf('metadata.labels.app.kubernetes.io/name')).to.equal(4);
    expect(lineOf('metadata.labels.b')).to.equal(5);
    expect(lineOf('spec.tasks')).to.equal(9);
    expect(lineOf('spec.tasks[0].name')).to.equal(10);
    expect(lineOf('spec.tasks[0].dependencies[1]')).to.equal(12);
    expect(lineOf('spec.tasks[1].name')).to.equal(14);
    expect(lineOf('spec.tasks[1].env[0].value')).to.equal(18);
    expect(lineOf('spec.quoted key')).to.equal(22);
  });

  it('takes the line of the innermost part that is there, for a field that is not', () => {
    expect(lineOf('spec.tasks[0].templateRef')).to.equal(10);
    expect(lineOf('spec.tasks[7].name')).to.equal(9);
    expect(lineOf('spec.tasks[1].env[1].name')).to.equal(21);
    expect(lineOf('status')).to.equal(2);
    expect(lineOf('')).to.equal(2);
  });

  it('knows where each of several documents begins, and passes over empty ones', () => {
    const documents = parseDocuments('a: 1\n---\n---\n# only a comment\n---\n\nb:\n  c: 2\n');
    expect(documents.map(({ value }) => value)).to.deep.equal([{ a: 1 }, { b: { c: 2 } }]);
    expect(documents.map(({ line }) => line)).to.deep.equal([1, 7]);
    expect(documents[1]?.lineOf('b.c')).to.equal(8);
  });

  it('reads values as kubectl does: times are strings, and yes is true', () => {
    const [document] = parseDocuments(
      'time: 2026-11-24T01:00:00Z\nyes: yes\noff: Off\nquoted: "yes"\nodd: yEs\n',
    );
    expect(document?.value).to.deep.equal({
      time: '2026-11-24T01:00:00Z',
      true: true,
      false: false,
      quoted: 'yes',
      odd: 'yEs',
    });
  });

  it('puts merged mappings in', () => {
    const [document] = parseDocuments('a: &a {x: 1}\nb: {<<: *a, y: 2}\n');
    expect(document?.value).to.deep.equal({ a: { x: 1 }, b: { x: 1, y: 2 } });
  });

  it('tells the place of what is no YAML', () => {
    const placeOf = (text: string): string => {
      try {
        parseDocuments(text);
        return 'none';
      } catch (error) {
        if (!(error instanceof YamlError)) throw error;
        return `${error.line}:${error.column} ${error.message}`;
      }
    };
    expect(placeOf('a: 1\nb: 2\na: 3\n')).to.match(/^3:1 duplicated mapping key/);
    expect(placeOf('a:\n\tb: 1\n')).to.match(/^2:1 tab characters/);
    expect(placeOf('a: [1, 2\nb: 3\n')).to.match(/^\d+:\d+ /);
    expect(placeOf('a: !!js/function x\n')).to.match(/^1:\d+ unknown tag/);
  });
});
