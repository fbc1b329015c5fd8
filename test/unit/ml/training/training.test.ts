import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { forecastSeries, memoryFor, modelInUse } from '../../../../src/core/forecast/index.ts';
import { HistoryStore, openStorage } from '../../../../src/history/index.ts';
import { createLibrary } from '../../../../src/ml/library.ts';
import type { TrainingJob } from '../../../../src/ml/training/job.ts';
import { loadModels, saveGates, saveLstm } from '../../../../src/ml/training/saved-models.ts';
import { trainInThread } from '../../../../src/ml/training/thread.ts';
import { initialParameters, split } from '../../../../src/ml/lstm/trainer.ts';
import { shapeFor } from '../../../../src/core/forecast/lstm/shape.ts';
import type { LstmWeights } from '../../../../src/core/forecast/lstm/weights.ts';
import { seededRandom } from '../../../../src/runtime/random.ts';
import { daily, series } from '../../core/forecast/helpers.ts';
import { inFolder } from '../../history/temporary-folder.ts';
import { CAPACITY, DAY, START, sample } from '../../history/samples.ts';

const DAYS = 11;
const END = START + DAYS * DAY;

const storageIn = (folder: string) => openStorage(folder, { create: true });

async function writeHistory(folder: string, days = DAYS): Promise<void> {
  const store = await HistoryStore.open(folder, { now: () => END });
  for (const [i, node] of ['a', 'b'].entries()) {
    const values = daily(days, 3, i + 1);
    await store.append([...values].map((v, row) => sample(node, START + row * 300_000, v / 10)));
  }
  await store.close();
}

const jobFor = (folder: string, model: TrainingJob['model']): TrainingJob => ({
  model,
  history: folder,
  nodes: ['a', 'b'].map((name) => ({ name, capacity: CAPACITY })),
  now: END,
  windowMs: 14 * DAY,
  stepSeconds: 300,
  horizon: 288,
  mostSeconds: 60,
  effort: 0.01,
});

function someLstm(seed: number): LstmWeights {
  const shape = shapeFor(300);
  const ones = (length: number): Float64Array => new Float64Array(length).fill(1);
  const scaler = {
    staticMean: ones(22),
    staticDeviation: ones(22),
    leadMean: ones(11),
    leadDeviation: ones(11),
  };
  const parts = split(shape, initialParameters(shape, seededRandom(seed)).map(Math.fround));
  return { shape, stepSeconds: 300, horizon: 288, scaler, parts };
}

describe('Training in a thread', () => {
  it('saves an LSTM beside the history, with which forecasts are then made', () =>
    inFolder(async (folder) => {
      await writeHistory(folder);
      let longest = 0;
      const begun = performance.now();
      let last = begun;
      const ticks = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 5);
      const result = await trainInThread(jobFor(folder, 'LSTM'));
      clearInterval(ticks);
      expect(result).to.include({ model: 'LSTM', outcome: 'Saved', series: 6 });
      const took = performance.now() - begun;
      expect(longest / took, 'share of the training in which the main thread stood still').to.be.lessThan(
        0.3,
      );

      const { lstm, trainedAt, problems } = await loadModels(await storageIn(folder));
      expect(problems).to.deep.equal([]);
      expect(trainedAt).to.deep.equal({ LSTM: END });
      const library = createLibrary({ lstms: lstm === undefined ? [] : [lstm] });
      const { model } = forecastSeries({
        series: series(daily(11, 3, 1)),
        resource: 'cpu',
        capacity: 100,
        startTime: START + 11 * DAY,
        stepSeconds: 900,
        steps: 96,
        model: 'LSTM',
        library,
        memory: memoryFor('LSTM'),
      });
      expect(model).to.equal('LSTM');
    })).timeout(60_000);

  it('holds gates against the shipped ones on days that neither has seen, and remembers that it has', () =>
    inFolder(async (folder) => {
      await writeHistory(folder);
      const { outcome, lossBefore = NaN, lossAfter = NaN } = await trainInThread(jobFor(folder, 'Gate'));
      const { gates, trainedAt } = await loadModels(await storageIn(folder));
      expect(trainedAt).to.deep.equal({ Gate: END });
      expect(outcome).to.equal(lossAfter < lossBefore ? 'Saved' : 'NoBetter');
      expect(gates === undefined).to.equal(outcome === 'NoBetter');
    })).timeout(60_000);

  it('says that a history is too short', () =>
    inFolder(async (folder) => {
      await writeHistory(folder, 1);
      expect((await trainInThread(jobFor(folder, 'Gate'))).outcome).to.equal('TooShort');
    }));

  it('ends at once when it is aborted, and tells what went wrong', () =>
    inFolder(async (folder) => {
      await writeHistory(folder, 2);
      const stop = new AbortController();
      const training = trainInThread({ ...jobFor(folder, 'LSTM'), effort: 100 }, stop.signal);
      setTimeout(() => stop.abort(new Error('enough')), 50);
      const reason = await training.catch((error: unknown) => (error as Error).message);
      expect(reason).to.equal('enough');
      const missing = trainInThread(jobFor(join(folder, 'nowhere'), 'LSTM'));
      expect(await missing.catch((error: unknown) => (error as Error).message)).to.include('no directory');
    }));
});

describe('Trained models beside the history', () => {
  it('are the newest that can be used; what cannot be is named', () =>
    inFolder(async (folder) => {
      const storage = await storageIn(folder);
      await saveLstm(storage, START, someLstm(1));
      await writeFile(join(folder, 'models', 'LSTM-20990101T000000Z.json'), '{"trainedAt": 4');
      await writeFile(join(folder, 'models', '.LSTM-20990102T000000Z.json.tmp'), 'half of it');
      const { lstm, problems, trainedAt } = await loadModels(storage);
      expect(trainedAt.LSTM).to.equal(START);
      expect(lstm?.parts).to.deep.equal(someLstm(1).parts);
      expect(problems.map(({ file }) => file)).to.deep.equal(['LSTM-20990101T000000Z.json']);
    }));

  it('are kept with the one before, and no more', () =>
    inFolder(async (folder) => {
      const storage = await storageIn(folder);
      for (let day = 0; day < 4; day++) await saveLstm(storage, START + day * DAY, someLstm(day));
      await saveGates(storage, START, []);
      expect((await readdir(join(folder, 'models'))).sort()).to.deep.equal([
        'Gate-20260301T000000Z.json',
        'LSTM-20260303T000000Z.json',
        'LSTM-20260304T000000Z.json',
      ]);
    }));

  it('answer as well where the last rows are missing, and not for a horizon that they were not trained for', () => {
    const library = createLibrary({ lstms: [someLstm(1)] });
    const modelFor = (missing: number, hours: number): string => {
      const values = daily(11, 3, 1);
      values.fill(NaN, values.length - missing);
      const asked = { series: series(values), startTime: END, stepSeconds: 900, steps: hours * 4 };
      return forecastSeries({ ...asked, resource: 'cpu', capacity: 100, model: 'LSTM', library }).model;
    };
    expect([modelFor(0, 24), modelFor(2, 24), modelFor(0, 48)]).to.deep.equal([
      'LSTM',
      'LSTM',
      'SeasonalNaive',
    ]);
  });

  it('are of one grid: for series of another, and before the first training, the ensemble answers', () => {
    const library = createLibrary({ lstms: [someLstm(1)] });
    const inUse = (stepSeconds: number): string =>
      modelInUse('LSTM', library, { resource: 'cpu', stepSeconds });
    expect([inUse(300), inUse(60)]).to.deep.equal(['LSTM', 'Ensemble']);
    expect(modelInUse('LSTM', createLibrary({}), { resource: 'cpu', stepSeconds: 300 })).to.equal('Ensemble');
  });
});
