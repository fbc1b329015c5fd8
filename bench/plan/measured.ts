/** What a piece of work costs this process. */
export interface Cost {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

export function measured<T>(work: () => T): [T, Cost] {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  const result = work();
  const { user, system } = process.cpuUsage(cpu);
  return [result, { cpuSeconds: (user + system) / 1e6, wallSeconds: (performance.now() - wall) / 1000 }];
}

/** The upper one of two that are in the middle. */
export function median(of: readonly number[]): number {
  return of.toSorted((a, b) => a - b)[Math.trunc(of.length / 2)] ?? NaN;
}
