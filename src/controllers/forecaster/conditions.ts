/** A NodeForecast's conditions. */
import type { NodeForecast, ResourceForecast } from '../../api/types.generated.ts';
import type { NewCondition } from '../../core/conditions/workflow.ts';
import { ENSEMBLE, LIBRARY_NAMES, PRIOR, PRIOR_OF_LIKE_NODES } from '../../core/forecast/index.ts';
import { setConditions } from '../../runtime/index.ts';
import { rfc3339 } from '../../api/times.ts';
import type { ForecasterState } from './state.ts';

export function forecastConditions(
  live: NodeForecast,
  state: ForecasterState,
  resources: readonly ResourceForecast[],
  now: number,
  staleMs: number,
): NonNullable<NodeForecast['status']>['conditions'] {
  const { name = '', generation } = live.metadata;
  return setConditions(live.status?.conditions, [ready(), fresh(), drifted()], { generation, now });

  function ready(): NewCondition {
    const type = 'Ready';
    const alike = resources.filter((r) => r.model === PRIOR_OF_LIKE_NODES).map((r) => r.name);
    const blind = resources.filter((r) => r.model === PRIOR).map((r) => r.name);
    const priors = alike.length + blind.length;
    const model = live.spec?.model ?? 'Auto';
    const others = resources.filter((r) => LIBRARY_NAMES.includes(model) && r.model === ENSEMBLE);
    if (priors === 0 && others.length > 0) {
      const message = `${model} is not there for ${others.map((r) => r.name).join(', ')}: it has not been trained yet, or its package is missing; the ${ENSEMBLE} answers`;
      return { type, status: 'True', reason: 'OtherModel', message };
    }
    if (priors === 0) {
      return {
        type,
        status: 'True',
        reason: 'Forecast',
        message: 'every resource is forecast from its history',
      };
    }
    const messages = alike.map((resource) => {
      const who = state.alike(name).get(resource) ?? 'nodes alike';
      return `no history of ${resource}: the forecast is from the load of ${who}`;
    });
    if (blind.length > 0) {
      messages.push(
        `no history of ${blind.join(', ')}: the forecast is only a prior, which says no more than that load is within capacity`,
      );
    }
    const reason = priors === resources.length ? 'OnlyPrior' : 'PartlyPrior';
    return { type, status: 'True', reason, message: messages.join('; ') };
  }
  function fresh(): NewCondition {
    const type = 'Fresh';
    const last = state.book.lastTime(name);
    if (last === undefined)
      return { type, status: 'True', reason: 'Issued', message: 'issued without history' };
    if (now - last <= staleMs) {
      return { type, status: 'True', reason: 'Issued', message: 'the newest samples are in it' };
    }
    const message = `the last sample is of ${rfc3339(last)}: look at the source of observed load`;
    return { type, status: 'False', reason: 'NoRecentSamples', message };
  }
  function drifted(): NewCondition {
    const type = 'Drifted';
    const which = state.drift.drifted(name);
    if (which.length === 0) {
      const message = 'observed load is within the forecast';
      return { type, status: 'False', reason: 'WithinForecast', message };
    }
    const message = `${which.join(' and ')} load has been above its 90 % quantile too often for chance`;
    return { type, status: 'True', reason: 'LoadAboveForecast', message };
  }
}
