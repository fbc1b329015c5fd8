/**
 * What was trained, beside the history: `models/<name>-<time>.json`, each file whole or not there. The newest that can
 * be used counts; one of another version, or one that is not whole, is passed over and said so.
 */
import { EXPERTS } from '../../core/forecast/experts/index.ts';
import type { GateWeights } from '../../core/forecast/gate/network.ts';
import { packWeights, unpackWeights } from '../../core/forecast/gate/weights.ts';
import type { PackedWeights } from '../../core/forecast/gate/weights.ts';
import { packLstm, unpackLstm } from '../../core/forecast/lstm/weights.ts';
import type { LstmWeights, PackedLstm } from '../../core/forecast/lstm/weights.ts';
import { joinPath, readWhole } from '../../history/index.ts';
import type { HistoryStorage } from '../../history/index.ts';
import { messageOf } from '../../runtime/index.ts';

export const TRAINED_MODELS = ['LSTM', 'Gate'] as const;
export type TrainedModel = (typeof TRAINED_MODELS)[number];

const FOLDER = 'models';
/** Of each model, files that are kept: the one in use, and the one before. */
const KEPT = 2;
const HOUR_MS = 3_600_000;

export interface SavedModels {
  readonly lstm: LstmWeights | undefined;
  /** Undefined where the shipped ones were as good. */
  readonly gates: readonly GateWeights[] | undefined;
  /** When each was last trained, ms. */
  readonly trainedAt: Readonly<Partial<Record<TrainedModel, number>>>;
  /** Files that could not be used, and why. */
  readonly problems: readonly { readonly file: string; readonly reason: string }[];
}

/** One of the two is there. */
interface ModelFile {
  readonly trainedAt: number;
  readonly lstm?: PackedLstm;
  /** None in the list: what was trained was no better than what is shipped. */
  readonly gates?: readonly PackedWeights[];
}

export function saveLstm(storage: HistoryStorage, trainedAt: number, weights: LstmWeights): Promise<void> {
  return save(storage, 'LSTM', { trainedAt, lstm: packLstm(weights) });
}

/** @param gates none where the shipped ones stay: that they were held against others is remembered */
export function saveGates(
  storage: HistoryStorage,
  trainedAt: number,
  gates: readonly GateWeights[],
): Promise<void> {
  return save(storage, 'Gate', { trainedAt, gates: gates.map(packWeights) });
}

/** Reads what can be used. Nothing is there before the first training. */
export async function loadModels(storage: HistoryStorage): Promise<SavedModels> {
  const problems: { file: string; reason: string }[] = [];
  const lstm = await newest(storage, 'LSTM', problems, (file) =>
    file.lstm === undefined ? undefined : unpackLstm(file.lstm),
  );
  const names = EXPERTS.map(({ name }) => name);
  const gate = await newest(storage, 'Gate', problems, (file) =>
    file.gates?.map((packed) => unpackWeights(packed, names)),
  );
  return {
    lstm: lstm?.value,
    gates: gate === undefined || gate.value.length === 0 ? undefined : gate.value,
    trainedAt: {
      ...(lstm === undefined ? {} : { LSTM: lstm.trainedAt }),
      ...(gate === undefined ? {} : { Gate: gate.trainedAt }),
    },
    problems,
  };
}

async function save(storage: HistoryStorage, model: TrainedModel, file: ModelFile): Promise<void> {
  const time = new Date(file.trainedAt).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  await storage.removeLeftovers(FOLDER, file.trainedAt, HOUR_MS);
  await storage.write(joinPath(FOLDER, `${model}-${time}.json`), Buffer.from(JSON.stringify(file)));
  for (const old of (await filesOf(storage, model)).slice(KEPT)) await storage.remove(joinPath(FOLDER, old));
}

/** The newest first: times sort as text. */
async function filesOf(storage: HistoryStorage, model: TrainedModel): Promise<string[]> {
  const names = await storage.list(FOLDER);
  return names.filter((name) => name.startsWith(`${model}-`) && name.endsWith('.json')).reverse();
}

async function newest<T>(
  storage: HistoryStorage,
  model: TrainedModel,
  problems: { file: string; reason: string }[],
  unpack: (file: ModelFile) => T | undefined,
): Promise<{ trainedAt: number; value: T } | undefined> {
  for (const name of await filesOf(storage, model)) {
    try {
      const file = JSON.parse(
        Buffer.from(await readWhole(storage, joinPath(FOLDER, name))).toString(),
      ) as ModelFile;
      const value = unpack(file);
      if (value !== undefined) return { trainedAt: file.trainedAt, value };
      problems.push({ file: name, reason: `holds no ${model}` });
    } catch (error) {
      problems.push({ file: name, reason: messageOf(error) });
    }
  }
  return undefined;
}
