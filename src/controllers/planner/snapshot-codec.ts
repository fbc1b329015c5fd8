/**
 * Snapshots on their way to the planning thread. Forecasts are most of a snapshot and are the same from one look to the
 * next, so each is sent when it is new; and what is the same is the same object on the other side as well, which spares
 * the planner to compare it number by number.
 */
import type { Availability, NodeSnapshot, Snapshot, TaskSnapshot } from '../../core/plan/snapshot.ts';
import { RESOURCES, type Resource } from '../../core/resources.ts';

type Sent = Partial<Record<Resource, Availability | 'AsBefore'>>;

export interface EncodedSnapshot extends Omit<Snapshot, 'nodes'> {
  readonly nodes: readonly (Omit<NodeSnapshot, 'availability'> & { readonly availability: Sent })[];
}

export class SnapshotEncoder {
  #known = new Map<string, NodeSnapshot['availability']>();

  /** The other side knows nothing. */
  reset(): void {
    this.#known.clear();
  }

  encode(snapshot: Snapshot): EncodedSnapshot {
    const known = new Map<string, NodeSnapshot['availability']>();
    const nodes = snapshot.nodes.map((node) => {
      const before = this.#known.get(node.name) ?? {};
      const now: Partial<Record<Resource, Availability>> = {};
      const sent: Sent = {};
      for (const resource of RESOURCES) {
        const [old, own] = [before[resource], node.availability[resource]];
        if (own === undefined) continue;
        const isKnown = old !== undefined && isSameForecast(old, own);
        now[resource] = isKnown ? old : own;
        sent[resource] = isKnown ? 'AsBefore' : own;
      }
      known.set(node.name, now);
      return { ...node, availability: sent };
    });
    this.#known = known;
    return { ...snapshot, nodes };
  }
}

export class SnapshotDecoder {
  #known = new Map<string, NodeSnapshot['availability']>();
  #paces: ReadonlyMap<string, number>[] = [];

  decode(encoded: EncodedSnapshot): Snapshot {
    const known = new Map<string, NodeSnapshot['availability']>();
    const nodes = encoded.nodes.map((node): NodeSnapshot => {
      const before = this.#known.get(node.name) ?? {};
      const availability: Partial<Record<Resource, Availability>> = {};
      for (const resource of RESOURCES) {
        const sent = node.availability[resource];
        const own = sent === 'AsBefore' ? before[resource] : sent;
        if (own !== undefined) availability[resource] = own;
      }
      known.set(node.name, availability);
      return { ...node, availability };
    });
    this.#known = known;
    return { ...encoded, nodes, workflows: this.#withKnownPaces(encoded.workflows) };
  }

  /** Paces of a type of task are one map in all its tasks, and so they are from one snapshot to the next. */
  #withKnownPaces(workflows: Snapshot['workflows']): Snapshot['workflows'] {
    const found = new Map<ReadonlyMap<string, number>, ReadonlyMap<string, number>>();
    const known = (paces: ReadonlyMap<string, number>): ReadonlyMap<string, number> => {
      let same = found.get(paces);
      if (same === undefined) {
        same = this.#paces.find((p) => isSameMap(p, paces)) ?? paces;
        found.set(paces, same);
      }
      return same;
    };
    const decoded = workflows.map((w) => ({
      ...w,
      tasks: w.tasks.map((t): TaskSnapshot => (t.paces === undefined ? t : { ...t, paces: known(t.paces) })),
    }));
    this.#paces = [...new Set(found.values())];
    return decoded;
  }
}

function isSameForecast(a: Availability, b: Availability): boolean {
  if (a === b) return true;
  const isSameGrid =
    a.startTime === b.startTime &&
    a.stepSeconds === b.stepSeconds &&
    a.steps === b.steps &&
    a.levels.length === b.levels.length &&
    a.levels.every((level, i) => level === b.levels[i]);
  return isSameGrid && isSameNumbers(a.values, b.values);
}

function isSameNumbers(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function isSameMap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}
