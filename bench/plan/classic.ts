/**
 * The classic problem, on which schedulers of the literature are compared: one task a node at a time, no background
 * load, transfers between nodes, and nothing counts but the makespan.
 *
 *     node bench/plan/classic.ts --workflows DIR [--nodes 8,32,128] [--only TEXT] [--peers FILE.csv] [--json]
 *     node bench/plan/classic.ts --workflows DIR --export problems.json    for bench/plan/classic/peers.py
 *
 * `DIR` holds recorded workflows (WfFormat 1.5). `FILE.csv` has the peers' makespans (`instance,nodes,scheduler,
 * seconds,makespan` among its columns); each plan is held against the best of them. Nodes have speeds of .7 to 2 and 1
 * to 10 Gbit/s, by a hash of their number. `--without NAME,…` leaves peers out.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RollingPlanner } from '../../src/core/plan/index.ts';
import { loadWorkflow, type CaseTask } from './case.ts';
import { NOW, nodeOf, snapshotOf } from './classic/problem.ts';
import { measured } from './measured.ts';

const { values: options } = parseArgs({
  options: {
    workflows: { type: 'string' },
    nodes: { type: 'string', default: '8,32,128' },
    only: { type: 'string', default: '' },
    peers: { type: 'string' },
    without: { type: 'string', default: '' },
    export: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
if (options.workflows === undefined) throw new Error('--workflows DIR is missing');

interface Peer {
  readonly scheduler: string;
  readonly makespan: number;
  readonly seconds: number;
}

/** The best peer, by `instance nodes`. */
function readPeers(file: string, without: readonly string[]): Map<string, Peer> {
  const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  const columns = head.trim().split(',');
  const best = new Map<string, Peer>();
  for (const line of lines) {
    const cells = line.trim().split(',');
    const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
    const scheduler = cell('scheduler');
    const makespan = Number(cell('makespan') || NaN);
    const key = `${cell('instance')} ${cell('nodes')}`;
    if (without.includes(scheduler) || !(makespan < (best.get(key)?.makespan ?? Infinity))) continue;
    best.set(key, { scheduler, makespan, seconds: Number(cell('seconds')) });
  }
  return best;
}

/** What another scheduler must know of a problem. */
function exported(instance: string, tasks: readonly CaseTask[], nodes: number): object {
  return {
    instance,
    nodes: Array.from({ length: nodes }, (_, j) => nodeOf(j)).map(({ name, speed, bandwidth }) => ({
      name,
      speed,
      bytesPerSecond: bandwidth / 8,
    })),
    tasks: tasks.map(({ name, work, parents, parentBytes }) => ({
      name,
      seconds: work,
      inputs: parents.map((p, k) => ({ from: tasks[p]?.name, bytes: parentBytes[k] })),
    })),
  };
}

const problems = readdirSync(options.workflows)
  .filter((file) => /\.json(\.gz)?$/.test(file) && file.includes(options.only))
  .sort()
  .flatMap((file) => {
    const instance = file.replace(/\.json(\.gz)?$/, '');
    const tasks = loadWorkflow(join(options.workflows ?? '', file));
    return options.nodes.split(',').map((nodes) => ({ instance, tasks, nodes: Number(nodes) }));
  });

if (options.export !== undefined) {
  const all = problems.map(({ instance, tasks, nodes }) => exported(instance, tasks, nodes));
  writeFileSync(options.export, JSON.stringify(all));
} else {
  const peers =
    options.peers === undefined
      ? new Map<string, Peer>()
      : readPeers(options.peers, options.without.split(','));
  const ratios: number[] = [];
  const rows = problems.map(({ instance, tasks, nodes }) => {
    const snapshot = snapshotOf(tasks, nodes);
    const [[plan], { cpuSeconds }] = measured(() => new RollingPlanner().plan(snapshot));
    const makespan = ((plan?.predictedCompletionTime ?? NaN) - NOW) / 1000;
    const peer = peers.get(`${instance} ${nodes}`);
    if (peer !== undefined) ratios.push(makespan / peer.makespan);
    return {
      instance,
      tasks: tasks.length,
      nodes,
      makespan: Number(makespan.toFixed(1)),
      cpuSeconds: Number(cpuSeconds.toFixed(2)),
      bestPeer: peer?.scheduler,
      peerSeconds: peer?.seconds,
      ofBest: peer === undefined ? undefined : Number((makespan / peer.makespan).toFixed(3)),
    };
  });
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  const summary = { compared: ratios.length, geometricMean: mean, worst: Math.max(...ratios) };
  if (options.json) console.log(JSON.stringify({ rows, summary }));
  else {
    console.table(rows);
    console.table(summary);
  }
}
