/**
 * Plans as one page that needs nothing else: a Gantt chart, nodes from top to bottom and time from left to right, and
 * under it the assignments as a table. It may be attached to a pull request, so everything in it is escaped, and it
 * loads and runs nothing.
 */
import type { ShardPlan, TaskAssignment } from '../../api/types.generated.ts';

interface Bar {
  readonly plan: string;
  readonly assignment: TaskAssignment;
  readonly start: number;
  readonly end: number;
}

interface Lane {
  readonly node: string;
  /** Bars that do not overlap share a row. */
  readonly rows: readonly (readonly Bar[])[];
}

const ROW = 18;
const LEFT = 160;
const WIDTH = 1000;
const TOP = 24;
const TICKS = 8;
/** A label is shown where there is room for about so many pixels a letter. */
const LETTER = 7;

export function asHtml(plans: readonly ShardPlan[]): string {
  const bars = plans.flatMap(barsOf);
  const title = `ShardPlan ${plans.map((p) => p.metadata.name ?? '').join(', ')}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(summary(bars))}</p>
<p class="legend"><span class="low">contention up to 5 %</span> <span class="some">up to 20 %</span> <span class="high">above</span> <span>dashed: provisional</span></p>
${bars.length === 0 ? '' : chart(lanesOf(bars))}
${plans.map(table).join('\n')}
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif; }
body { margin: 1.5rem; }
h1 { font-size: 1.3rem; }
svg { width: 100%; min-width: 700px; height: auto; }
svg text { font-size: 11px; fill: CanvasText; }
svg .label { fill: #000; }
svg line { stroke: GrayText; stroke-width: .5; }
rect { stroke: #0006; }
rect.provisional { stroke-dasharray: 4 2; stroke: #000; }
rect.low { fill: #7fc8a9; } rect.some { fill: #f2d478; } rect.high { fill: #ef9a85; }
.legend span { padding: .1rem .5rem; color: #000; }
.legend span:last-child { color: inherit; }
.legend .low { background: #7fc8a9; } .legend .some { background: #f2d478; } .legend .high { background: #ef9a85; }
table { border-collapse: collapse; margin-top: 1rem; }
th, td { text-align: left; padding: .15rem .7rem .15rem 0; border-bottom: 1px solid GrayText; }
.chart { overflow-x: auto; }
`;

/** An assignment of a Manual plan may have no window: it is in the table alone. */
function barsOf({ metadata, spec }: ShardPlan): Bar[] {
  return spec.assignments.flatMap((assignment) => {
    const start = Date.parse(assignment.startTime ?? '');
    const end = Date.parse(assignment.endTime ?? '');
    return Number.isNaN(start) || Number.isNaN(end)
      ? []
      : [{ plan: metadata.name ?? '', assignment, start, end }];
  });
}

function lanesOf(bars: readonly Bar[]): Lane[] {
  const byNode = new Map<string, Bar[][]>();
  for (const bar of bars.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const rows = byNode.get(bar.assignment.node) ?? [];
    byNode.set(bar.assignment.node, rows);
    const free = rows.find((row) => (row.at(-1)?.end ?? 0) <= bar.start);
    if (free === undefined) rows.push([bar]);
    else free.push(bar);
  }
  return [...byNode].sort(([a], [b]) => (a < b ? -1 : 1)).map(([node, rows]): Lane => ({ node, rows }));
}

function chart(lanes: readonly Lane[]): string {
  const bars = lanes.flatMap((lane) => lane.rows.flat());
  const from = bars.reduce((first, b) => Math.min(first, b.start), Infinity);
  const to = bars.reduce((last, b) => Math.max(last, b.end), from + 1);
  const x = (time: number): number => LEFT + ((time - from) / (to - from)) * WIDTH;
  const parts: string[] = [];
  const height = TOP + lanes.reduce((sum, lane) => sum + lane.rows.length * ROW, 0);
  for (let tick = 0; tick <= TICKS; tick++) {
    const at = from + ((to - from) * tick) / TICKS;
    const anchor = tick === TICKS ? 'end' : 'start';
    parts.push(`<line x1="${px(x(at))}" x2="${px(x(at))}" y1="${TOP - 4}" y2="${height}"/>`);
    parts.push(`<text x="${px(x(at))}" y="12" text-anchor="${anchor}">${clockTime(at)}</text>`);
  }
  let y = TOP;
  for (const { node, rows } of lanes) {
    parts.push(`<text x="0" y="${y + ROW - 5}">${escaped(shortened(node, LEFT - LETTER))}</text>`);
    for (const row of rows) {
      parts.push(...row.map((bar) => rectangle(bar, x(bar.start), x(bar.end), y)));
      y += ROW;
    }
    parts.push(`<line x1="0" x2="${LEFT + WIDTH}" y1="${y}" y2="${y}"/>`);
  }
  return `<div class="chart"><svg viewBox="0 0 ${LEFT + WIDTH} ${height}" role="img" aria-label="Tasks by node and time; the table below says the same">
${parts.join('\n')}
</svg></div>`;
}

function rectangle({ plan, assignment: a }: Bar, left: number, right: number, y: number): string {
  const width = Math.max(1, right - left);
  const classes = [levelOf(a), ...(a.binding === 'Bound' ? [] : ['provisional'])].join(' ');
  const about = `${plan}: ${a.task} on ${a.node}, ${a.startTime ?? ''} to ${a.endTime ?? ''}, contention ${percent(a)}, ${a.reason ?? ''}`;
  const label = shortened(a.task, width);
  return (
    `<g><title>${escaped(about)}</title>` +
    `<rect class="${classes}" x="${px(left)}" y="${y + 1}" width="${px(width)}" height="${ROW - 2}"/>` +
    (label === ''
      ? ''
      : `<text class="label" x="${px(left + 3)}" y="${y + ROW - 5}">${escaped(label)}</text>`) +
    '</g>'
  );
}

function table({ metadata, spec }: ShardPlan): string {
  const rows = spec.assignments.map((a) => {
    const cells = [a.task, a.node, a.startTime, a.endTime, percent(a), a.binding, a.reason];
    return `<tr>${cells.map((c) => `<td>${escaped(c ?? '')}</td>`).join('')}</tr>`;
  });
  const head = ['Task', 'Node', 'Start', 'End', 'Contention', 'Binding', 'Reason'];
  return `<table>
<caption>${escaped(metadata.name ?? '')}</caption>
<thead><tr>${head.map((h) => `<th scope="col">${h}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

function summary(bars: readonly Bar[]): string {
  if (bars.length === 0) return 'No windows are planned.';
  const nodes = new Set(bars.map((b) => b.assignment.node)).size;
  const to = bars.reduce((last, b) => Math.max(last, b.end), 0);
  return `${bars.length} tasks on ${nodes} nodes, until ${new Date(to).toISOString()}`;
}

function levelOf({ contentionPermille = 0 }: TaskAssignment): string {
  return contentionPermille <= 50 ? 'low' : contentionPermille <= 200 ? 'some' : 'high';
}

function percent({ contentionPermille = 0 }: TaskAssignment): string {
  return `${(contentionPermille / 10).toFixed(1)} %`;
}

function shortened(text: string, width: number): string {
  const letters = Math.trunc(width / LETTER);
  if (text.length <= letters) return text;
  return letters < 3 ? '' : `${text.slice(0, letters - 1)}…`;
}

function clockTime(time: number): string {
  return new Date(time).toISOString().slice(5, 16).replace('T', ' ');
}

function px(value: number): string {
  return value.toFixed(1);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c);
}
