/** A forecast from an origin in the past, of which nothing at or after it is seen. */
import { ALL_ORIGINS, DECILES, forecastSeries, seriesEnd } from '../../core/forecast/index.ts';
import type { ModelLibrary, QuantileForecast } from '../../core/forecast/index.ts';
import type { Task } from './tasks.ts';
import { capacityOf } from './traces.ts';
import type { Trace } from './traces.ts';

export function forecastTask(
  { series, resource }: Trace,
  task: Task,
  model: string,
  library: ModelLibrary,
): QuantileForecast {
  const known = { ...series, values: series.values.slice(0, task.origin) };
  return forecastSeries({
    series: known,
    resource,
    capacity: capacityOf(known.values),
    startTime: seriesEnd(known),
    stepSeconds: series.stepSeconds,
    steps: task.steps,
    levels: DECILES,
    model,
    library,
    firstOrigins: ALL_ORIGINS,
  }).forecast;
}
