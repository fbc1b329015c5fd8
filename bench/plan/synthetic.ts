/** A seeded cluster and workflow of any size: layers of tasks with random dependencies, nodes with busy days. */
import type { Availability, NodeSnapshot, Snapshot, TaskSnapshot } from '../../src/core/plan/snapshot.ts';
import { ZERO } from '../../src/core/resources.ts';
import { seededRandom } from '../../src/runtime/random.ts';

const NOW = Date.parse('2026-03-02T08:00:00Z');
const LEVELS = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];
const SPREAD = [-1.6, -1.3, -0.7, 0, 0.7, 1.3, 1.6];
const STEPS = 288;
const GIB = 1024 ** 3;

export function syntheticSnapshot(tasks: number, nodes: number, seed: number): Snapshot {
  const random = seededRandom(seed);
  return {
    now: NOW,
    sharing: 'Proportional',
    nodes: Array.from({ length: nodes }, (_, i) => node(i, random)),
    workflows: [
      {
        namespace: 'bench',
        name: 'synthetic',
        priority: 0,
        creationTime: NOW,
        contentionCeiling: 0.2,
        slack: 0.1,
        runningTasks: 'Keep',
        tasks: tasksOf(tasks, random),
      },
    ],
  };
}

function node(i: number, random: () => number): NodeSnapshot {
  const cpu = [16, 32, 64][Math.trunc(random() * 3)] ?? 16;
  const capacity = { cpu, memory: cpu * 4 * GIB, gpu: i % 8 === 0 ? 4 : 0, network: 1e10 };
  const phase = random() * STEPS;
  const busy = 0.2 + 0.4 * random();
  const availability = (of: number, noise: number): Availability => {
    const values = new Float64Array(STEPS * LEVELS.length);
    for (let step = 0; step < STEPS; step++) {
      const load = busy * (1 + 0.5 * Math.sin(((step + phase) / STEPS) * 2 * Math.PI));
      SPREAD.forEach((s, l) => {
        const free = of * Math.min(1, Math.max(0, 1 - load + noise * s * (1 + step / STEPS)));
        values[step * LEVELS.length + l] = free;
      });
    }
    return { startTime: NOW, stepSeconds: 300, steps: STEPS, levels: LEVELS, values };
  };
  return {
    name: `node-${String(i).padStart(5, '0')}`,
    labels: {},
    taints: [],
    schedulable: true,
    capacity,
    requested: ZERO,
    podSlots: 110,
    speed: 0.8 + 0.1 * Math.trunc(random() * 5),
    bandwidth: 1e10,
    availability: { cpu: availability(cpu, 0.06), memory: availability(capacity.memory, 0.03) },
    forecastStale: false,
  };
}

/** Ten kinds of tasks in layers; each depends on up to three of the layer before. */
function tasksOf(count: number, random: () => number): TaskSnapshot[] {
  const kinds = Array.from({ length: 10 }, () => ({
    cpu: [1, 2, 4, 8][Math.trunc(random() * 4)] ?? 1,
    memory: (1 + Math.trunc(random() * 8)) * GIB,
    seconds: 120 + random() * 1800,
  }));
  const width = Math.max(1, Math.ceil(Math.sqrt(count) * 4));
  return Array.from({ length: count }, (_, i) => {
    const kind = kinds[Math.trunc(random() * kinds.length)] ?? { cpu: 1, memory: GIB, seconds: 600 };
    const layer = Math.trunc(i / width);
    const parents = new Set<number>();
    for (let k = 0; layer > 0 && k < 3; k++) {
      if (random() < 0.6) parents.add((layer - 1) * width + Math.trunc(random() * width));
    }
    return {
      name: `t${i}`,
      demand: { cpu: kind.cpu, memory: kind.memory, gpu: 0, network: 0 },
      durationSeconds: Math.round(kind.seconds * (0.5 + random())),
      dependencies: [...parents].map((p) => `t${p}`),
      nodeSelector: {},
      tolerations: [],
      inputs: [...parents].map((p) => ({ name: `d${p}`, bytes: 0 })),
      outputs: [{ name: `d${i}`, bytes: Math.trunc(random() * 2e9) }],
      state: 'Pending',
      bound: false,
      excludedNodes: [],
    };
  });
}
