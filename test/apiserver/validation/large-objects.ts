/** A Workflow of as many tasks as may be, and its plan, with every field of status that grows with them. */
import type {
  LearnedTaskType,
  Reshard,
  ShardPlan,
  TaskAssignment,
  TaskStatus,
  Workflow,
} from '../../../src/api/types.generated.ts';
import { alternativesKept, API_VERSION, MAX_TASKS } from '../../../src/api/constants.ts';

const NODES = 200;
const TIME = '2026-11-24T01:00:00Z';
const RESHARDS = 20;
const MOVES = 50;

const taskName = (i: number): string => `align-sample-${String(i).padStart(5, '0')}`;
const nodeName = (i: number): string => `worker-${String(i % NODES).padStart(3, '0')}.example.com`;
const numbers = Array.from({ length: MAX_TASKS }, (_, i) => i);

export function largeWorkflow(namespace: string): Workflow {
  return {
    apiVersion: API_VERSION,
    kind: 'Workflow',
    metadata: { name: 'large', namespace },
    spec: {
      templates: [
        {
          name: 'align',
          estimatedDurationSeconds: 600,
          resources: { cpu: '4', memory: '8Gi' },
          template: { spec: { containers: [{ name: 'main', image: 'registry.example.com/align:1' }] } },
        },
      ],
      tasks: numbers.map((i) => ({
        name: taskName(i),
        templateRef: 'align',
        dependencies: [i - 1, i - 2].filter((j) => j >= 0).map(taskName),
        inputs: i === 0 ? [] : [{ name: `data-${i - 1}` }],
        outputs: [{ name: `data-${i}`, size: '20Gi' }],
        env: [{ name: 'SAMPLE', value: String(i) }],
      })),
    },
  };
}

export function largeWorkflowStatus(): TaskStatus[] {
  return numbers.map((i) => ({
    name: taskName(i),
    state: 'Succeeded',
    node: nodeName(i),
    attempt: 2,
    failures: 1,
    startTime: TIME,
    completionTime: TIME,
  }));
}

/** As many types as the status has room for. */
export function manyLearned(): LearnedTaskType[] {
  return numbers.slice(0, 100).map((i) => ({
    type: `a-type-of-task-with-a-long-name-${String(i)}`,
    runs: 10_000,
    source: 'Runs',
    durationSeconds: { p50: 86_400, p90: 172_800 },
    peakUsage: { cpu: '12.25', memory: '123.45Gi', gpu: '0.5', network: '9.87G' },
  }));
}

export function largePlan(namespace: string): ShardPlan {
  return {
    apiVersion: API_VERSION,
    kind: 'ShardPlan',
    metadata: { name: 'large', namespace },
    spec: {
      workflowRef: { name: 'large', generation: 1 },
      plannedTime: TIME,
      assignments: planned(),
    },
  };
}

/** Every task on another node than in spec: a plan that was resharded altogether. What only explains the choice is in spec. */
export function largePlanStatus(): NonNullable<ShardPlan['status']> {
  return {
    observedGeneration: 1,
    revision: RESHARDS + 1,
    assignments: inForce(7),
    moveCounts: numbers.map((i) => ({ task: taskName(i), count: 1 })),
    reshardCount: RESHARDS,
    reshards: Array.from({ length: RESHARDS }, (_, i) => largeReshard(i)),
  };
}

function largeReshard(revision: number): Reshard {
  return {
    revision: revision + 1,
    time: TIME,
    cause: 'NodeNotReady',
    node: nodeName(revision),
    message: 'x'.repeat(200),
    movedCount: MOVES,
    moved: numbers.slice(0, MOVES).map((i) => ({
      task: taskName(i),
      from: nodeName(i),
      to: nodeName(i + 7),
      fromContentionPermille: 310,
      toContentionPermille: 20,
    })),
  };
}

function inForce(shift: number): TaskAssignment[] {
  return numbers.map((i) => ({
    task: taskName(i),
    node: nodeName(i + shift),
    startTime: TIME,
    endTime: TIME,
    contentionPermille: 120,
    binding: 'Provisional',
  }));
}

function planned(): TaskAssignment[] {
  const others = Array.from({ length: alternativesKept(MAX_TASKS) }, (_, i) => i + 1);
  return inForce(0).map((assignment, i) => ({
    ...assignment,
    reason: 'EarliestFinish',
    alternatives: others.map((other) => ({
      node: nodeName(i + other),
      endTime: TIME,
      contentionPermille: 250,
    })),
  }));
}
