/** Questions about two resources of a node whose load has a rhythm. */
import { byResource } from '../../../../src/core/resources.ts';
import { LoadBook } from '../../../../src/controllers/forecaster/load-book.ts';
import type { NodeQuestion } from '../../../../src/controllers/forecaster/engine/forecasts.ts';
import { DAY, START, daily } from '../../core/forecast/helpers.ts';

export const STEP = 300;

export function bookOf(nodes: Readonly<Record<string, number>>, days: number): LoadBook {
  const book = new LoadBook(14 * DAY, STEP);
  for (const [node, seed] of Object.entries(nodes)) {
    const values = daily(days, 8, seed);
    values.forEach((value, row) =>
      book.append(
        node,
        START + row * STEP * 1000,
        byResource(() => value),
      ),
    );
  }
  return book;
}

/** As asked after `days` of the book. */
export function questionAt(book: LoadBook, node: string, days: number, model = 'Auto'): NodeQuestion {
  const now = START + days * DAY;
  return {
    node,
    series: (['cpu', 'network'] as const).map((resource) => ({
      resource,
      series: book.series(node, resource, { from: now - 14 * DAY, to: now }),
      capacity: 100,
      startTime: now,
      stepSeconds: 900,
      steps: 96,
      model,
    })),
  };
}
