import { expect } from 'chai';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forecastsCsv } from '../../../../src/cli/backtest/forecasts-csv.ts';
import { defaultTasks, readTasks } from '../../../../src/cli/backtest/tasks.ts';
import { capacityOf } from '../../../../src/cli/backtest/traces.ts';
import type { Trace } from '../../../../src/cli/backtest/traces.ts';
import { HistoryStore } from '../../../../src/history/index.ts';
import { foreshard } from '../program.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 2, 1);
const HEAD = 'series,source,resource,origin,H,season,context';

const trace = (name: string, rows: number, stepSeconds = 300): Trace => ({
  name,
  node: name.slice(0, name.indexOf('/')),
  resource: 'cpu',
  series: { startTime: START, stepSeconds, values: new Float64Array(rows).fill(1) },
});

describe('foreshard backtest', () => {
  let folder = '';
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'foreshard-backtest-'))));
  after(() => rm(folder, { recursive: true }));

  it('forecasts the tasks of a file from the history, and prints scores by resource', async () => {
    const history = join(folder, 'history');
    const store = await HistoryStore.open(history, { now: () => START + 9 * DAY });
    const capacity = { cpu: 8, memory: 1, gpu: 0, network: 1 };
    const samples = Array.from({ length: 8 * 288 }, (_, i) => ({
      time: START + i * 300_000,
      node: 'n1',
      load: { cpu: 0.5 + 0.2 * Math.sin((i * 2 * Math.PI) / 288), memory: 0.5, gpu: null, network: null },
      capacity,
    }));
    await store.append(samples);
    await store.close();
    const tasks = join(folder, 'tasks.csv');
    await writeFile(tasks, `${HEAD}\nn1/cpu,n,cpu,2000,12,288,4032\nn1/memory,n,memory,2000,12,288,4032\n`);
    const out = join(folder, 'forecasts.csv');

    const { code, stdout, stderr } = await foreshard([
      ...[
        'backtest',
        '--history',
        history,
        '--tasks',
        tasks,
        '--out',
        out,
        '--plot',
        join(folder, 'plot.html'),
      ],
    ]);

    expect(code, stderr).to.equal(0);
    expect(stderr).to.include('2/2');
    expect(stdout).to.match(/^Auto +cpu +1 +0\.0/m);
    expect(stdout).to.match(/^Auto +all +2 /m);
    const lines = (await readFile(out, 'utf8')).trimEnd().split('\n');
    expect(lines[0]).to.equal('series,origin,step,q0.1,q0.2,q0.3,q0.4,q0.5,q0.6,q0.7,q0.8,q0.9');
    expect(lines).to.have.lengthOf(25);
    const page = await readFile(join(folder, 'plot.html'), 'utf8');
    expect(page.match(/<figure>/g)).to.have.lengthOf(2);
    expect(page).to.not.include('NaN');
    expect(lines[13]).to.equal('n1/memory,2000,1,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5');
  });

  it('refuses a directory without series, and an unknown model, with exit code 2', async () => {
    const empty = await foreshard(['backtest', '--history', tmpdir(), '--model', 'Magic']);
    expect(empty).to.include({ code: 2 });
    expect(empty.stderr).to.include('--model Magic: there are Auto, ');
    const nothing = await mkdtemp(join(folder, 'empty-'));
    expect((await foreshard(['backtest', '--history', nothing])).code).to.equal(2);
  });
});

describe('tasks of a backtest', () => {
  const traces = new Map([['n1/cpu', trace('n1/cpu', 5000)]]);
  let folder = '';
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'foreshard-tasks-'))));
  after(() => rm(folder, { recursive: true }));

  const read = async (text: string): Promise<string> => {
    const file = join(folder, 'tasks.csv');
    await writeFile(file, text);
    return readTasks(file, traces).then(
      (tasks) => JSON.stringify(tasks[0]),
      (error: unknown) => String(error).replace(folder, ''),
    );
  };

  it('name their line and what is wrong with it', async () => {
    expect(await read('series,origin\n')).to.include(
      'tasks.csv:1: no column source, resource, H, season, context',
    );
    expect(await read(`${HEAD}\nn2/cpu,n,cpu,9,1,1,1\n`)).to.include(
      'tasks.csv:2: the history has no series n2/cpu',
    );
    expect(await read(`${HEAD}\nn1/cpu,n,cpu,x,1,1,1\n`)).to.include('tasks.csv:2: origin is "x"');
    expect(await read(`${HEAD}\nn1/cpu,n,cpu,5001,1,1,1\n`)).to.include('which has 5000 rows');
  });

  it('are a day ahead from the last days, or an hour ahead of what is shorter than a week', () => {
    const tasks = defaultTasks([trace('a/cpu', 14 * 288), trace('b/cpu', 1440, 60), trace('c/cpu', 10)]);
    expect(tasks.map((t) => [t.series, t.origin, t.steps, t.season])).to.deep.equal([
      ['a/cpu', 13 * 288, 288, 288],
      ['a/cpu', 11 * 288, 288, 288],
      ['a/cpu', 9 * 288, 288, 288],
      ['b/cpu', 1380, 60, 1],
      ['b/cpu', 1260, 60, 1],
      ['b/cpu', 1140, 60, 1],
    ]);
  });

  it('know a column of fractions from one in a unit of its own', () => {
    expect(capacityOf(Float64Array.of(0.2, NaN, 1))).to.equal(1);
    expect(capacityOf(Float64Array.of(0.2, 7))).to.equal(70);
  });

  it('write quantiles so that what lies on an edge stays inside', () => {
    const value = 0.300000011920929;
    const row = forecastsCsv.rows(
      { series: 'a/cpu', source: 'a', origin: 3, steps: 1, season: 1, context: 9 },
      {
        startTime: 0,
        stepSeconds: 300,
        steps: 1,
        levels: [0.1, 0.5, 0.9],
        values: Float64Array.of(value, value, value),
      },
    );
    expect(row).to.equal('a/cpu,3,1,0.3,0.3,0.3000001\n');
  });
});
