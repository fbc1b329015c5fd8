/** Scores of closed loops: the makespan against baselines, where there are any, and the contended share. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RollingPlanner } from '../../src/core/plan/index.ts';
import { loadCase, type Case } from './case.ts';
import { ReactivePlanner } from './reactive.ts';
import { runLoop, type CasePlanner, type ForecastKind, type LoopOptions, type LoopResult } from './loop.ts';
import { OperatorLoop } from './operator-loop.ts';

/** Options that every script here has. */
export const COMMON = {
  cases: { type: 'string' },
  sharing: { type: 'string', default: 'proportional' },
  forecast: { type: 'string', default: 'history' },
  baselines: { type: 'string' },
  solved: { type: 'string' },
  cache: { type: 'string' },
  only: { type: 'string', default: '' },
  slack: { type: 'string', default: '10' },
  csv: { type: 'string' },
  variant: { type: 'string', default: '' },
  'keep-running': { type: 'boolean', default: false },
  loop: { type: 'string', default: 'rolling' },
  restart: { type: 'string', default: 'Infinity' },
} as const;

export interface Setup {
  readonly files: readonly string[];
  readonly baselines: Baselines;
  /** A file of a solver's results (cpsat.ts). */
  readonly solved: string | undefined;
  /** Where details are to be written. */
  readonly csv: string | undefined;
  /** A pattern of the variants to run. */
  readonly variant: string;
  readonly loop: LoopOptions;
  /** For each case a new one. */
  readonly newPlanner: () => CasePlanner;
}

export function readSetup(): Setup {
  const { values } = parseArgs({ options: COMMON });
  const folder = values.cases;
  if (folder === undefined) throw new Error('--cases DIR: the folder of cases is needed');
  return {
    files: readdirSync(folder)
      .filter((name) => /\.json(\.gz)?$/.test(name) && new RegExp(values.only).test(name))
      .sort()
      .map((name) => join(folder, name)),
    baselines: readBaselines(values.baselines),
    solved: values.solved,
    csv: values.csv,
    variant: values.variant,
    newPlanner: () =>
      values.loop === 'operator'
        ? new OperatorLoop({ restartSeconds: Number(values.restart) })
        : new RollingPlanner(),
    loop: {
      sharing: values.sharing === 'priority' ? 'BackgroundFirst' : 'Proportional',
      forecast: values.forecast as ForecastKind,
      slack: Number(values.slack) / 100,
      runningTasks: values['keep-running'] ? 'Keep' : 'Restart',
      ...(values.cache === undefined ? {} : { cache: values.cache }),
    },
  };
}

export interface Baseline {
  readonly makespan: number;
  readonly contended: number;
}

/** By case and policy. */
export type Baselines = ReadonlyMap<string, Baseline>;

const STRICT = '1000000000.0';

/** CSV of case,tasks,nodes,policy,lambda,bound,makespan,contended seconds,lost seconds,contended tasks,task seconds. */
function readBaselines(file: string | undefined): Baselines {
  const baselines = new Map<string, Baseline>();
  if (file === undefined || !existsSync(file)) return baselines;
  for (const line of readFileSync(file, 'utf8').split('\n').slice(1)) {
    const [name, , , policy, lambda, , makespan, contended, , , taskSeconds] = line.split(',');
    if (policy === undefined || (policy !== 'reactive' && lambda !== STRICT)) continue;
    const share = Number(contended) / Number(taskSeconds);
    baselines.set(`${name ?? ''} ${policy}`, { makespan: Number(makespan), contended: share });
  }
  return baselines;
}

export interface Score {
  readonly name: string;
  readonly result: LoopResult;
  /** Makespans as shares of the strict oracle's and of reactive's; NaN without a baseline. */
  readonly toOracle: number;
  readonly toReactive: number;
  readonly contended: number;
  readonly lost: number;
  readonly reactiveContended: number;
}

export function score(of: Case, loop: LoopOptions, baselines: Baselines): Score {
  const result = runLoop(of, loop);
  const oracle = baselines.get(`${of.name} plan-oracle`);
  const known = baselines.get(`${of.name} reactive`);
  const reactive = known ?? reactiveBaseline(of, loop);
  return {
    name: of.name,
    result,
    toOracle: result.makespan / (oracle?.makespan ?? NaN),
    toReactive: result.makespan / reactive.makespan,
    contended: result.contendedSeconds / result.taskSeconds,
    lost: result.lostSeconds / result.taskSeconds,
    reactiveContended: reactive.contended,
  };
}

function reactiveBaseline(of: Case, { sharing }: LoopOptions): Baseline {
  const planner = new ReactivePlanner();
  const { makespan, contendedSeconds, taskSeconds } = runLoop(of, { sharing, forecast: 'last', planner });
  return { makespan, contended: contendedSeconds / taskSeconds };
}

/** Worse than reactive in makespan and in contention. */
export function isBeaten({ toReactive, contended, reactiveContended }: Score): boolean {
  return toReactive > 1 && contended > reactiveContended;
}

export interface Summary {
  readonly toOracle: number;
  readonly toReactive: number;
  readonly contended: number;
  readonly lost: number;
  /** Makespan to the oracle's plus the contended share. */
  readonly j: number;
  readonly beaten: number;
}

export function summarize(scores: readonly Score[]): Summary {
  const mean = (of: (score: Score) => number): number =>
    scores.reduce((sum, s) => sum + of(s), 0) / scores.length;
  const toOracle = Math.exp(mean((s) => Math.log(s.toOracle)));
  const contended = mean((s) => s.contended);
  return {
    toOracle,
    toReactive: Math.exp(mean((s) => Math.log(s.toReactive))),
    contended,
    lost: mean((s) => s.lost),
    j: toOracle + contended,
    beaten: scores.filter(isBeaten).length,
  };
}

/** One row of a table of summaries. */
export function summaryRow(name: string, of: Summary): Record<string, string | number> {
  return {
    what: name,
    'to oracle': of.toOracle.toFixed(3),
    'to reactive': of.toReactive.toFixed(3),
    'contended %': (100 * of.contended).toFixed(1),
    'lost %': (100 * of.lost).toFixed(1),
    J: of.j.toFixed(3),
    beaten: of.beaten,
  };
}

/** All cases under one set of options. */
export function scoreAll(setup: Setup, change: Partial<LoopOptions> = {}): Score[] {
  return setup.files.map((file) => score(loadCase(file), { ...setup.loop, ...change }, setup.baselines));
}
