/**
 * Forecasts as a web page: for each task the 80 % and the 40 % band and the median over what came, after a little of
 * what was before. One file without scripts; colours follow the reader's light or dark setting.
 */
import type { QuantileForecast } from '../../core/forecast/index.ts';

export interface PlottedTask {
  /** `<node>/<resource>` and the origin. */
  readonly title: string;
  /** Scores in words. */
  readonly note: string;
  /** Values before the origin, and those that came. */
  readonly before: Float64Array;
  readonly actual: Float64Array;
  readonly forecast: QuantileForecast;
}

const WIDTH = 460;
const HEIGHT = 150;
const MARGIN = 6;

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --band: #2f7ed8; --actual: #c2410c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --band: #6aa9f0; --actual: #fb923c; } }
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5rem; color: var(--ink); }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(${WIDTH}px, 1fr)); gap: 1.2rem; }
figure { margin: 0; } figcaption { font-size: 12px; } svg { width: 100%; height: auto; border: 1px solid #8884; }
.b80 { fill: var(--band); opacity: .22; } .b40 { fill: var(--band); opacity: .35; }
.median { stroke: var(--band); } .actual { stroke: var(--actual); } path.line { fill: none; stroke-width: 1.2; }
`;

export function plotPage(model: string, tasks: readonly PlottedTask[]): string {
  const figures = tasks.map((task) => figure(task)).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Foreshard backtest: ${escape(model)}</title>
<style>${STYLE}</style>
<h1>Backtest of ${escape(model)}</h1>
<p>Blue: the median with the 40 % and 80 % bands. Orange: what was measured.</p>
<main>
${figures}
</main>
</html>
`;
}

function figure({ title, note, before, actual, forecast }: PlottedTask): string {
  const { levels, steps } = forecast;
  const quantile = (level: number): number[] => {
    const l = levels.indexOf(level);
    return Array.from({ length: steps }, (_, step) => forecast.values[step * levels.length + l] ?? 0);
  };
  const [q10, q30, q50, q70, q90] = [0.1, 0.3, 0.5, 0.7, 0.9].map(quantile);
  const measured = [...before, ...actual];
  const highest = Math.max(1e-9, ...measured.filter((v) => !Number.isNaN(v)), ...(q90 ?? []));
  const rows = Math.max(1, measured.length - 1);
  const x = (row: number): string => (MARGIN + ((WIDTH - 2 * MARGIN) * row) / rows).toFixed(1);
  const y = (value: number): string =>
    (HEIGHT - MARGIN - ((HEIGHT - 2 * MARGIN) * value) / highest).toFixed(1);
  const line = (values: readonly number[], from: number): string => {
    let pen = 'M';
    return values
      .map((value, i) => {
        if (Number.isNaN(value)) {
          pen = 'M'; // a gap in what was measured is a gap in the line
          return '';
        }
        const point = `${pen}${x(from + i)} ${y(value)}`;
        pen = 'L';
        return point;
      })
      .join('');
  };
  const area = (low: readonly number[] = [], high: readonly number[] = []): string => {
    const back = low.map((value, i) => `L${x(before.length + i)} ${y(value)}`).reverse();
    return `${line(high, before.length)}${back.join('')}Z`;
  };
  return `<figure><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)}">
<path class="b80" d="${area(q10, q90)}"/><path class="b40" d="${area(q30, q70)}"/>
<path class="line actual" d="${line(measured, 0)}"/><path class="line median" d="${line(q50 ?? [], before.length)}"/>
</svg><figcaption>${escape(title)}: ${escape(note)}</figcaption></figure>`;
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
