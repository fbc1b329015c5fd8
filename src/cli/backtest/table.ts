/** Scores as a table: a line per model and resource, and one per model for all. */
import { RESOURCES } from '../../core/resources.ts';
import { formatTable } from '../support/table.ts';
import { summarise } from './scores.ts';
import type { TaskScore } from './scores.ts';

const HEAD = ['MODEL', 'RESOURCE', 'TASKS', 'WQL', 'SQL', 'MASE', 'COV80'] as const;

export function scoreTable(scores: readonly TaskScore[], models: readonly string[]): string {
  const rows: string[][] = models.flatMap((model) => {
    const own = scores.filter((score) => score.model === model);
    const ofResources = RESOURCES.map((r) => ({ name: r, of: own.filter((score) => score.resource === r) }));
    return [...ofResources, { name: 'all', of: own }]
      .filter(({ of }) => of.length > 0)
      .map(({ name, of }) => {
        const { tasks, wql, sql, mase, cov80 } = summarise(of);
        return [model, name, String(tasks), ...[wql, sql, mase, cov80].map((v) => v.toFixed(4))];
      });
  });
  return formatTable(HEAD, rows, { gap: 2, numbersFrom: 2 });
}
