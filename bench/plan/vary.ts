/**
 * Writes cases of the same kinds as those of a folder, which nobody has tuned on: each with another start, other
 * background series for its nodes, other demands, and the kind of background drawn anew.
 *
 *     npx node bench/plan/vary.ts --cases DIR --out DIR [--seed 1] [--each 2] [--only REGEX] [--most-nodes 16]
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom, type Random } from '../../src/runtime/random.ts';
import type { CaseFile } from './case.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string' },
    out: { type: 'string' },
    seed: { type: 'string', default: '1' },
    each: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    'most-nodes': { type: 'string', default: '16' },
  },
});

/** Even series follow the day, odd ones mostly do not. */
const KINDS: Readonly<Record<string, (series: number) => boolean>> = {
  seasonal: (series) => series % 2 === 0,
  noisy: (series) => series % 2 === 1,
  mixed: () => true,
};
const SERIES = 128;
/** A forecaster needs some days before, and the workflow some after. */
const FIRST_SLOT = 1500;
const LAST_SLOT = 2300;

function varied(of: CaseFile, file: string, name: string, random: Random): CaseFile {
  const kinds = Object.keys(KINDS);
  const kind = kinds[Math.trunc(random() * kinds.length)] ?? 'mixed';
  const pool = Array.from({ length: SERIES }, (_, s) => s).filter((s) => KINDS[kind]?.(s));
  const absolute = (path: string): string => resolve(dirname(file), path);
  return {
    ...of,
    name: `${name}-${kind}`,
    workflow: absolute(of.workflow),
    background: absolute(of.background),
    startSlot: FIRST_SLOT + Math.trunc(random() * (LAST_SLOT - FIRST_SLOT)),
    seed: 1 + Math.trunc(random() * 1000),
    nodes: of.nodes.map((node) => {
      const [series = 0] = pool.splice(Math.trunc(random() * pool.length), 1);
      return { ...node, backgroundSeries: `s${series}` };
    }),
  };
}

const { cases, out } = values;
if (cases === undefined || out === undefined) throw new Error('--cases DIR and --out DIR are needed');
mkdirSync(out, { recursive: true });
const random = seededRandom(Number(values.seed));
for (const name of readdirSync(cases).sort()) {
  if (!name.endsWith('.json') || !new RegExp(values.only).test(name)) continue;
  const file = join(cases, name);
  const of = JSON.parse(readFileSync(file, 'utf8')) as CaseFile;
  for (let i = 0; i < Number(values.each); i++) {
    const made = varied(of, file, `${of.name.split('-')[0] ?? ''}-v${values.seed}${i}`, random);
    if (of.nodes.length <= Number(values['most-nodes']))
      writeFileSync(join(out, `${made.name}.json`), JSON.stringify(made));
  }
}
