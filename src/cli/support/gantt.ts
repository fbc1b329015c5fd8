/**
 * A Gantt chart as text: one line a row, its labels in columns, its bars on a common scale of time.
 *
 *     fetch  plan  node-3  ░░░░░░
 *            run   node-3  ██████
 *                          |         |
 *                          0 s       20 s
 */

/** A stretch of time on a row; where bars overlap, the later one covers the earlier. */
export interface GanttBar {
  /** ms since the epoch; the end is not part of it. */
  readonly start: number;
  readonly end: number;
  /** One character. */
  readonly fill: string;
}

export interface GanttRow {
  /** Every row has equally many. */
  readonly labels: readonly string[];
  readonly bars: readonly GanttBar[];
}

export interface GanttChart {
  readonly rows: readonly GanttRow[];
  /** Characters for the bars; default 60. */
  readonly width?: number;
}

const labelGap = '  ';
const tickEvery = 15;
/** The scale's steps in seconds: each can be read at a glance. */
const niceSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** Lines without trailing blanks; empty where no row has a bar. */
export function renderGantt({ rows, width = 60 }: GanttChart): string[] {
  const bars = rows.flatMap((row) => row.bars);
  if (bars.length === 0) return [];
  const from = Math.min(...bars.map((bar) => bar.start));
  const until = Math.max(...bars.map((bar) => bar.end));
  const scale = width / Math.max(1, until - from);
  const column = (time: number): number => Math.round((time - from) * scale);
  const labels = alignLabels(rows);
  const margin = ' '.repeat((labels[0] ?? '').length);
  const lines = rows.map((row, i) => (labels[i] ?? '') + drawBars(row.bars, column, width));
  return [...lines, ...axis(until - from, column, from, width).map((line) => margin + line)].map((line) =>
    line.trimEnd(),
  );
}

function alignLabels(rows: readonly GanttRow[]): string[] {
  const columns = Math.max(...rows.map((row) => row.labels.length));
  const widths = Array.from({ length: columns }, (_, c) =>
    Math.max(...rows.map((row) => (row.labels[c] ?? '').length)),
  );
  return rows.map((row) => widths.map((w, c) => (row.labels[c] ?? '').padEnd(w) + labelGap).join(''));
}

function drawBars(bars: readonly GanttBar[], column: (time: number) => number, width: number): string {
  const cells = new Array<string>(width).fill(' ');
  for (const { start, end, fill } of bars) {
    // However short, a bar is seen.
    const first = Math.min(column(start), width - 1);
    cells.fill(fill, first, Math.max(column(end), first + 1));
  }
  return cells.join('');
}

/** Ticks at whole multiples of a readable step after the start, with the time that has passed. */
function axis(span: number, column: (time: number) => number, from: number, width: number): string[] {
  const seconds = span / 1000;
  const wanted = (seconds * tickEvery) / width;
  const step = niceSteps.find((s) => s >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400;
  let ticks = '';
  let texts = '';
  for (let t = 0; t <= seconds; t += step) {
    const at = column(from + t * 1000);
    ticks = `${ticks.padEnd(at)}|`;
    texts = texts.padEnd(at) + elapsed(t, step);
  }
  return [ticks, texts];
}

function elapsed(seconds: number, step: number): string {
  if (step >= 3600) return `${seconds / 3600} h`;
  return step >= 60 ? `${seconds / 60} min` : `${seconds} s`;
}
