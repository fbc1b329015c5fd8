/** Random changes of an object: fields taken out, renamed, doubled, or given a value of another kind. */
import fc from 'fast-check';
import type { Change, Json } from './valid-base.ts';

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  1,
  -1,
  1.5,
  100,
  3_000_000_000,
  '',
  'a',
  'b',
  'A-b',
  'x'.repeat(64),
  'x'.repeat(300),
  '500m',
  '1Gi',
  '-2',
  'Auto',
  'Manual',
  'Pause',
  '2026-11-24T00:00:00Z',
  '2026-11-24',
  [],
  ['a'],
  ['a', 'a'],
  [null],
  {},
  { name: 'a' },
  { a: 'b' },
];

const KEYS = ['name', 'size', 'limit', 'planName', 'parallelism', 'dependencies', 'templateRef', 'surplus'];

/** `where` chooses among all values within the object; `spec` and what is in it, but not metadata. */
export const mutation: fc.Arbitrary<Change> = fc
  .record({
    where: fc.nat(),
    how: fc.constantFrom('remove', 'replace', 'add', 'double'),
    value: fc.constantFrom(...VALUES),
    key: fc.constantFrom(...KEYS),
  })
  .map(({ where, how, value, key }) => (object: Json) => {
    const places = listPlaces(
      object,
      (name) => name !== 'metadata' && name !== 'kind' && name !== 'apiVersion',
    );
    const place = places[where % places.length];
    if (place === undefined) return;
    const { holder, index } = place;
    const here = (holder as Json)[index];
    if (how === 'double' && Array.isArray(holder)) holder.push(structuredClone(here));
    else if (how === 'remove' && Array.isArray(holder)) holder.splice(Number(index), 1);
    else if (how === 'remove') Reflect.deleteProperty(holder, index);
    else if (how === 'add' && typeof here === 'object' && here !== null && !Array.isArray(here))
      (here as Json)[key] = value;
    else (holder as Json)[index] = structuredClone(value);
  });

interface Place {
  readonly holder: object;
  readonly index: string;
}

function listPlaces(holder: object, accept: (name: string) => boolean = () => true): Place[] {
  return Object.entries(holder)
    .filter(([index]) => accept(index))
    .flatMap(([index, value]: [string, unknown]) => [
      { holder, index },
      ...(typeof value === 'object' && value !== null ? listPlaces(value) : []),
    ]);
}
