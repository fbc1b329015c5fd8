/** NodeForecasts between their integers (the API) and base units (the cores). */
import type { AvailableQuantiles, NodeForecast, NodeForecastStatus } from '../../api/types.generated.ts';
import { LEVELS, type QuantileForecast } from '../../core/forecast/types.ts';
import type { Availability } from '../../core/plan/snapshot.ts';
import type { Resource } from '../../core/resources.ts';

/** Base units in one unit of the API: millicores, MiB, millidevices, kbit/s. */
export const API_UNIT: Readonly<Record<Resource, number>> = {
  cpu: 1 / 1000,
  memory: 1024 * 1024,
  gpu: 1 / 1000,
  network: 1000,
};

type QuantileField = keyof AvailableQuantiles;

const FIELDS: readonly { readonly field: QuantileField; readonly level: number }[] = LEVELS.map((level) => ({
  field: `p${String(Math.round(level * 100)).padStart(2, '0')}` as QuantileField,
  level,
}));

/** Rounded down: what is not quite free is not free. */
export function toApi(amount: number, resource: Resource): number {
  return Math.max(0, Math.floor(amount / API_UNIT[resource] + 1e-6));
}

/** `available`: quantiles of availability in base units. */
export function quantilesToApi(available: QuantileForecast, resource: Resource): AvailableQuantiles {
  const result: AvailableQuantiles = {};
  for (const { field, level } of FIELDS) {
    const column = available.levels.indexOf(level);
    if (column < 0) continue;
    result[field] = Array.from({ length: available.steps }, (_, step) =>
      toApi(available.values[step * available.levels.length + column] ?? 0, resource),
    );
  }
  return result;
}

type Available = Readonly<Partial<Record<Resource, Availability>>>;

/** Keyed by the status itself: a cached object is never changed, so a new forecast is a new object. */
const known = new WeakMap<NodeForecastStatus, Available>();

/** The same arrays for as long as the forecast stands: every look at the cluster reads those of all nodes. */
export function availabilityFromStatus({ status }: NodeForecast): Available {
  if (status === undefined) return {};
  const cached = known.get(status);
  if (cached !== undefined) return cached;
  const available = read(status);
  known.set(status, available);
  return available;
}

function read(status: NodeForecastStatus): Available {
  if (status.startTime === undefined || status.stepSeconds === undefined) return {};
  const startTime = Date.parse(status.startTime);
  const result: Partial<Record<Resource, Availability>> = {};
  for (const { name, available } of status.resources ?? []) {
    if (available === undefined) continue;
    const columns = FIELDS.flatMap(({ field, level }) => {
      const values = available[field];
      return values === undefined || values.length === 0 ? [] : [{ level, values }];
    });
    const steps = Math.min(...columns.map((c) => c.values.length));
    if (columns.length === 0) continue;
    const values = new Float64Array(steps * columns.length);
    for (let step = 0; step < steps; step++) {
      columns.forEach((c, i) => (values[step * columns.length + i] = (c.values[step] ?? 0) * API_UNIT[name]));
    }
    result[name] = {
      startTime,
      stepSeconds: status.stepSeconds,
      steps,
      levels: columns.map((c) => c.level),
      values,
    };
  }
  return result;
}

/** Too old to plan on, or never made. */
export function isStale(forecast: NodeForecast, now: number): boolean {
  const until = forecast.status?.validUntilTime;
  if (until === undefined || Date.parse(until) < now) return true;
  return forecast.status?.conditions?.some((c) => c.type === 'Fresh' && c.status === 'False') ?? false;
}
