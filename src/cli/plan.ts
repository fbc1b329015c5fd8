/** `foreshard plan`: ShardPlans without a cluster, once or as a session that is told what changes. */
import { createInterface } from 'node:readline';
import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { DEFAULT_GPU_RESOURCE } from '../api/constants.ts';
import type { Workflow } from '../api/types.generated.ts';
import type { Node } from '../controllers/gather/kubernetes.ts';
import { TaskLearning } from '../controllers/gather/learning.ts';
import { planWorkflows, RollingPlanner } from '../core/plan/index.ts';
import type { Snapshot, WorkflowPlan } from '../core/plan/snapshot.ts';
import { systemClock } from '../runtime/clock.ts';
import { openHistory } from './history/open.ts';
import { parseEvent } from './plan/events.ts';
import { HistoryForecaster } from './plan/forecasts.ts';
import { readNodes, readWorkflows } from './plan/inputs.ts';
import { asList, format, shardPlan, type Format } from './plan/output.ts';
import { capacities, World, type WorldSettings } from './plan/world.ts';
import { EXIT_FAILURE, InputError, printError } from './support/errors.ts';
import { withExamples } from './support/help.ts';

interface Options {
  filename: string[];
  nodes?: string;
  history: string;
  at?: string;
  sharing: 'proportional' | 'priority';
  gpuResource: string;
  session: boolean;
  output: Format;
  out?: string;
}

/** Bits per second of a node that does not say: the operator's own default. */
const DEFAULT_BANDWIDTH = 1e9;

export function planCommand(): Command {
  const command = new Command('plan')
    .description('Make ShardPlans without a cluster, from files and a history of node load.')
    .requiredOption('-f, --filename <file...>', 'files of Workflows, planned together; - is standard input')
    .option('--nodes <file>', "a v1 List of Nodes; without it the kubeconfig's cluster is asked")
    .requiredOption(
      '--history <place>',
      'a directory or s3://bucket/prefix: Parquet files of node load, and of task runs to learn durations from',
    )
    .option('--at <time>', 'plan as of this time (RFC 3339); without it now')
    .addOption(
      new Option('--sharing <mode>', 'how tasks and background share what is short')
        .choices(['proportional', 'priority'])
        .default('proportional'),
    )
    .option('--gpu-resource <name>', "what the operator's gpuResourceName is", DEFAULT_GPU_RESOURCE)
    .option('--session', 'stay, read an event a line from standard input, and answer each', false)
    .addOption(new Option('-o, --output <format>').choices(['yaml', 'json', 'table', 'html']).default('yaml'))
    .option('--out <file>', 'write there and not to standard output')
    .action(run);
  return withExamples(
    command,
    'plan -f workflow.yaml --nodes nodes.yaml --history history -o table',
    'plan -f workflow.yaml --nodes nodes.yaml --history history --session',
  );
}

async function run(options: Options): Promise<void> {
  const workflows = await readWorkflows(options.filename, options.gpuResource);
  const nodes = await (options.nodes === undefined ? nodesOfCluster() : readNodes(options.nodes));
  const now = timeOf(options.at);
  const settings: WorldSettings = {
    gpuResourceName: options.gpuResource,
    defaultNetworkBandwidth: DEFAULT_BANDWIDTH,
    sharing: options.sharing === 'priority' ? 'BackgroundFirst' : 'Proportional',
  };
  const { forecaster, learning } = await readHistory(options.history, nodes, settings, now);
  const world = new World(nodes, workflows, forecaster, learning, settings);
  if (options.session) await session(world, workflows, now);
  else await once(world, workflows, now, options);
}

/** The client takes a while to load, and is not needed for files. */
async function nodesOfCluster(): Promise<Node[]> {
  const { clusterNodes } = await import('./plan/cluster.ts');
  return clusterNodes();
}

async function once(
  world: World,
  workflows: readonly Workflow[],
  now: number,
  { output, out }: Options,
): Promise<void> {
  const plans = planWorkflows(world.snapshot(now));
  const failures = unplaced(plans);
  if (failures.length > 0) {
    for (const failure of failures) printError(failure);
    process.exitCode = EXIT_FAILURE;
    return;
  }
  const text = format(shardPlans(workflows, plans, now), output);
  if (out === undefined) process.stdout.write(text);
  else await writeFile(out, text);
}

async function session(world: World, workflows: readonly Workflow[], now: number): Promise<void> {
  const planner = new RollingPlanner();
  const answer = (snapshot: Snapshot): void => {
    const plans = planner.plan(snapshot);
    for (const failure of unplaced(plans)) printError(failure);
    process.stdout.write(`${JSON.stringify(asList(shardPlans(workflows, plans, snapshot.now)))}\n`);
  };
  answer(world.snapshot(now));
  let line = 0;
  for await (const text of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    line += 1;
    if (text.trim() === '') continue;
    const event = parseEvent(text, line);
    world.apply(event);
    answer(world.snapshot(event.at));
  }
}

/** In the order of the files. */
function shardPlans(workflows: readonly Workflow[], plans: readonly WorkflowPlan[], now: number) {
  return workflows.flatMap((workflow, i) => {
    const plan = plans[i];
    return plan === undefined ? [] : [shardPlan(workflow, plan, now)];
  });
}

function unplaced(plans: readonly WorkflowPlan[]): string[] {
  return plans.flatMap(({ name, unplaceable }) =>
    unplaceable.map(({ task, message }) => `workflow ${name}: task ${task} is not placed: ${message}`),
  );
}

async function readHistory(
  folder: string,
  nodes: readonly Node[],
  settings: WorldSettings,
  now: number,
): Promise<{ forecaster: HistoryForecaster; learning: TaskLearning }> {
  const store = await openHistory(folder, {
    capacityOf: capacities(nodes, settings),
    readOnly: true,
    onProblem: ({ file, reason }) => printError(`${folder}: ${file}: ${reason}`),
  });
  // The sample of this very moment counts.
  const history = await store.read({ to: now + 1 });
  const learning = new TaskLearning();
  const byName = new Map(nodes.map((node) => [node.metadata?.name ?? '', node]));
  learning.load(await store.readTaskRuns({ to: now + 1 }), byName);
  await store.close();
  return { forecaster: new HistoryForecaster(history.values()), learning };
}

function timeOf(at: string | undefined): number {
  if (at === undefined) return systemClock.now();
  const time = Date.parse(at);
  if (Number.isNaN(time))
    throw new InputError(`--at ${at}: this is no time: write it as 2026-03-02T12:00:00Z`);
  return time;
}
