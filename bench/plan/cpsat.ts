/**
 * Loops that know the truth, against the best plan that a constraint solver has found for the same case.
 *
 *     node bench/plan/cpsat.ts --cases DIR --solved FILE.csv [--slack PERCENT]
 *
 * `FILE.csv` has `case,background,cpsat_best,cpsat_bound` among its columns; `background` is `nobg` (idle nodes) or `bg`
 * (tasks fit beside the background at every moment). The solver never lets tasks contend; the loop may, and says how much.
 */
import { readFileSync } from 'node:fs';
import { loadCase, type Case } from './case.ts';
import { runLoop } from './loop.ts';
import { readSetup } from './scoring.ts';

const setup = readSetup();
if (setup.solved === undefined) throw new Error('--solved FILE.csv is missing');

function idle(of: Case): Case {
  return { ...of, nodes: of.nodes.map((node) => ({ ...node, background: [[0, 0, 0, 0]] })) };
}

const [head = '', ...lines] = readFileSync(setup.solved, 'utf8').trim().split('\n');
const columns = head.trim().split(',');
const solved = lines.map((line) => {
  const cells = line.trim().split(',');
  const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
  return { name: cell('case'), isIdle: cell('background') === 'nobg', best: Number(cell('cpsat_best')) };
});

const rows = setup.files.map(loadCase).flatMap((of) =>
  solved
    .filter(({ name }) => name === of.name)
    .map(({ isIdle, best }) => {
      const result = runLoop(isIdle ? idle(of) : of, { ...setup.loop, forecast: 'perfect' });
      return {
        case: of.name,
        background: isIdle ? 'none' : 'as recorded',
        'solver s': best,
        'makespan s': Math.round(result.makespan),
        ratio: Number((result.makespan / best).toFixed(3)),
        'contended %': Number(((100 * result.contendedSeconds) / result.taskSeconds).toFixed(1)),
      };
    }),
);
console.table(rows);
