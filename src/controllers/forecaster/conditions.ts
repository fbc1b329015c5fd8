/** A NodeForecast's conditions. */
import type { NodeForecast, ResourceForecast } from '../../api/types.generated.ts';
import type { NewCondition } from '../../core/conditions/workflow.ts';
import { PRIOR } from '../../core/forecast/index.ts';
import { setCondition } from '../../runtime/index.ts';
import { rfc3339 } from '../gather/times.ts';
import type { ForecasterState } from './state.ts';

export function forecastConditions(
  live: NodeForecast,
  state: ForecasterState,
  resources: readonly ResourceForecast[],
  now: number,
  staleMs: number,
): NonNullable<NodeForecast['status']>['conditions'] {
  const name = live.metadata.name ?? '';
  const generation = live.metadata.generation;
  const make = (type: string, status: 'True' | 'False', reason: string, message: string): NewCondition => ({
    type,
    status,
    reason,
    message,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  });
  return [ready(), fresh(), drifted()].reduce(
    (all, c) => setCondition(all, c, now),
    live.status?.conditions ?? [],
  );

  function ready(): NewCondition {
    const priors = resources.filter((r) => r.model === PRIOR.name).map((r) => r.name);
    if (priors.length === 0)
      return make('Ready', 'True', 'Forecast', 'every resource is forecast from its history');
    const message = `no history of ${priors.join(', ')}: the forecast is only a prior, which says no more than that load is within capacity`;
    return make('Ready', 'True', priors.length === resources.length ? 'OnlyPrior' : 'PartlyPrior', message);
  }
  function fresh(): NewCondition {
    const last = state.book.lastTime(name);
    if (last === undefined) return make('Fresh', 'True', 'Issued', 'issued without history');
    if (now - last <= staleMs) return make('Fresh', 'True', 'Issued', 'the newest samples are in it');
    return make(
      'Fresh',
      'False',
      'NoRecentSamples',
      `the last sample is of ${rfc3339(last)}: look at the source of observed load`,
    );
  }
  function drifted(): NewCondition {
    const which = state.drift.drifted(name);
    if (which.length === 0)
      return make('Drifted', 'False', 'WithinForecast', 'observed load is within the forecast');
    return make(
      'Drifted',
      'True',
      'LoadAboveForecast',
      `${which.join(' and ')} load has been above its 90 % quantile too often for chance`,
    );
  }
}
