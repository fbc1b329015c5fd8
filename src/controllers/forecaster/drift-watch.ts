/** Observed load against the forecast in force, for every node and resource. */
import { NO_DRIFT, hasDrifted, permille, update, type DriftState } from '../../core/drift/statistic.ts';
import { quantileAt, type QuantileForecast } from '../../core/forecast/index.ts';
import { RESOURCES, type Resource } from '../../core/resources.ts';
import type { Load } from '../../history/index.ts';

interface Track {
  state: DriftState;
  /** Of the mean that is being taken. */
  since: number;
  sum: number;
  count: number;
}

export class DriftWatch {
  readonly #sampleMs: number;
  readonly #tracks = new Map<string, Track>();

  constructor(sampleMs: number) {
    this.#sampleMs = sampleMs;
  }

  /**
   * @param forecasts quantiles of load of the forecast in force, by resource
   * @returns whether the node began or ceased to drift
   */
  observe(
    node: string,
    time: number,
    load: Load,
    forecasts: ReadonlyMap<Resource, QuantileForecast>,
  ): boolean {
    let changed = false;
    for (const resource of RESOURCES) {
      const value = load[resource];
      const forecast = forecasts.get(resource);
      if (value === null || forecast === undefined) continue;
      const track = this.#track(node, resource, time);
      track.sum += value;
      track.count += 1;
      if (time - track.since < this.#sampleMs) continue;
      const low = quantileAt(forecast, time, 0.1);
      const high = quantileAt(forecast, time, 0.9);
      if (low !== undefined && high !== undefined) {
        const before = hasDrifted(track.state);
        track.state = update(track.state, { observed: track.sum / track.count, low, high });
        changed ||= before !== hasDrifted(track.state);
      }
      Object.assign(track, { since: time, sum: 0, count: 0 });
    }
    return changed;
  }

  permille(node: string, resource: Resource): number {
    return permille(this.#tracks.get(`${node}/${resource}`)?.state ?? NO_DRIFT);
  }

  /** The resources whose load has left the forecast. */
  drifted(node: string): Resource[] {
    return RESOURCES.filter((r) => hasDrifted(this.#tracks.get(`${node}/${r}`)?.state ?? NO_DRIFT));
  }

  forget(node: string): void {
    for (const r of RESOURCES) this.#tracks.delete(`${node}/${r}`);
  }

  #track(node: string, resource: Resource, time: number): Track {
    const key = `${node}/${resource}`;
    let track = this.#tracks.get(key);
    if (track === undefined) {
      track = { state: NO_DRIFT, since: time, sum: 0, count: 0 };
      this.#tracks.set(key, track);
    }
    return track;
  }
}
