import { expect } from 'chai';
import { directEngine } from '../../../../src/controllers/forecaster/engine/engine.ts';
import { WorkerEngine } from '../../../../src/controllers/forecaster/engine/worker-engine.ts';
import { bookOf, questionAt, STEP } from './questions.ts';

async function withWorker(test: (engine: WorkerEngine, died: Error[]) => Promise<void>): Promise<void> {
  const died: Error[] = [];
  const engine = new WorkerEngine(STEP, (error) => died.push(error));
  try {
    await test(engine, died);
  } finally {
    await engine.close();
  }
}

describe('Forecasts in a thread of their own', () => {
  const book = bookOf({ a: 1, b: 2 }, 8);

  it('are those of the calling thread, and leave it free meanwhile', () =>
    withWorker(async (worker) => {
      const direct = directEngine(STEP);
      let turns = 0;
      const counting = setInterval(() => (turns += 1), 1);
      for (const days of [7, 7.5, 8]) {
        const there = await worker.forecast(questionAt(book, 'a', days));
        const before = turns;
        expect(there).to.deep.equal(await direct.forecast(questionAt(book, 'a', days)));
        expect(turns).to.equal(before); // the same work here lets nothing else run
      }
      clearInterval(counting);
      expect(turns).to.be.greaterThan(3);
      expect(await worker.save()).to.deep.equal(await direct.save());
    }));

  it('tell a fault to who asked, and go on', () =>
    withWorker(async (worker, died) => {
      const answers = await Promise.allSettled([
        worker.forecast(questionAt(book, 'a', 7, 'Magic')),
        worker.forecast(questionAt(book, 'b', 7, 'LastValue')),
        worker.load(new Uint8Array(3), 0),
      ]);
      expect(answers.map(({ status }) => status)).to.deep.equal(['rejected', 'fulfilled', 'rejected']);
      const [unknown, , foreign] = answers;
      expect(unknown).to.have.nested.property('reason.name', 'UnknownModelError');
      expect(foreign).to.have.nested.property('reason.name', 'UnusableMemoryError');
      expect(died).to.deep.equal([]);
    }));

  it('are refused, not left waiting, where the thread is stopped', () =>
    withWorker(async (worker, died) => {
      const asked = worker.forecast(questionAt(book, 'a', 7)).catch((error: unknown) => error);
      await worker.close();
      expect(await asked)
        .to.be.an('error')
        .with.property('message', 'the forecasting thread was stopped');
      expect(died).to.deep.equal([]);
      const [answer] = await worker.forecast(questionAt(book, 'a', 7));
      expect(answer?.model).to.equal('Ensemble');
    }));
});
