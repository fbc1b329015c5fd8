/** A NodeForecast in the terminal: for each resource a line an hour, with the band of what will be free. */
import type { NodeForecast, ResourceForecast } from '../../api/types.generated.ts';

const WIDTH = 48;
const LINE_SECONDS = 3600;
/** Outside, within 10–90 %, within 25–75 %, the median. */
const INK = { none: '·', wide: '░', narrow: '▒', median: '█' } as const;

/** Units of the API, and how a person reads them: divided, named. */
const UNITS: Readonly<Record<ResourceForecast['name'], { readonly divisor: number; readonly unit: string }>> =
  {
    cpu: { divisor: 1000, unit: 'cores' },
    memory: { divisor: 1024, unit: 'GiB' },
    gpu: { divisor: 1000, unit: 'devices' },
    network: { divisor: 1e6, unit: 'Gbit/s' },
  };

/** Text with a line break at its end. */
export function renderForecast(forecast: NodeForecast): string {
  const { status, metadata } = forecast;
  const name = metadata.name ?? '';
  if (status?.startTime === undefined || status.stepSeconds === undefined) {
    return `${name} has no forecast yet\n`;
  }
  const head = `${name}: issued ${status.issuedTime ?? '?'}, valid until ${status.validUntilTime ?? '?'} (times are UTC)\n`;
  const start = Date.parse(status.startTime);
  const step = status.stepSeconds;
  return head + (status.resources ?? []).map((r) => `\n${renderResource(r, start, step)}`).join('');
}

function renderResource(resource: ResourceForecast, start: number, stepSeconds: number): string {
  const { divisor, unit } = UNITS[resource.name];
  const { available, capacity = 0 } = resource;
  const told = [
    `${resource.name}: available of ${amount(capacity / divisor)} ${unit}`,
    resource.model ?? 'no model',
    ...(resource.lossRatioPermille === undefined
      ? []
      : [`loss ${(resource.lossRatioPermille / 1000).toFixed(2)} of seasonal-naive's`]),
    ...(resource.coveragePermille === undefined
      ? []
      : [`${Math.round(resource.coveragePermille / 10)} % within the 80 % band`]),
  ];
  const columns = ['p10', 'p25', 'p50', 'p75', 'p90'] as const;
  const [p10 = [], p25 = [], p50 = [], p75 = [], p90 = []] = columns.map((c) => available?.[c] ?? []);
  const stride = Math.max(1, Math.round(LINE_SECONDS / stepSeconds));
  let text = `${told.join(' · ')}\n`;
  for (let i = 0; i < p50.length; i += stride) {
    const at = new Date(start + i * stepSeconds * 1000).toISOString().slice(5, 16).replace('T', ' ');
    const [low = 0, lower = 0, median = 0, upper = 0, high = 0] = [p10, p25, p50, p75, p90].map(
      (p) => p[i] ?? 0,
    );
    const numbers = `${amount(median / divisor)} (${amount(low / divisor)} – ${amount(high / divisor)})`;
    text += `${at}  ${bar({ low, lower, median, upper, high }, capacity)}  ${numbers}\n`;
  }
  return text;
}

interface Band {
  readonly low: number;
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
  readonly high: number;
}

function bar({ low, lower, median, upper, high }: Band, capacity: number): string {
  const cell = (value: number): number =>
    Math.min(WIDTH - 1, Math.max(0, Math.floor((WIDTH * value) / Math.max(1, capacity))));
  return Array.from({ length: WIDTH }, (_, i) => {
    if (i === cell(median)) return INK.median;
    if (i >= cell(lower) && i <= cell(upper)) return INK.narrow;
    return i >= cell(low) && i <= cell(high) ? INK.wide : INK.none;
  }).join('');
}

const amount = (value: number): string => String(Number(value.toPrecision(3)));
