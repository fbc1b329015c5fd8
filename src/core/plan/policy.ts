/**
 * Rules by which a dispatcher decides, at any moment, whether a task starts and where. Each is simple; the
 * planner simulates what would come of it and takes the best (search.ts).
 */
export interface Policy {
  /** How much a second of contention weighs against a second of waiting for the task's end. */
  readonly aversion: number;
  /** A node is good enough up to so much contention: a task's own share, the speed it loses, and what it adds to others. */
  readonly tolerance: number;
  /** What a task that has waited five minutes and this share of its duration takes: any node that holds it now. Infinity: it waits on. */
  readonly patience: number;
  /** Tasks whose rank is under this share of the highest wait for a quiet node, without patience. 0: no task does. */
  readonly critical: number;
  /** How much of the contention that it adds to others a task is charged with. */
  readonly consideration: number;
  /** Nodes are used up to so many times the duration on the fastest: a slow node may be worth less than waiting. */
  readonly reach: number;
}

const AVERSIONS = [1, 4];
/** Only what hurts: for plans that are in a hurry. */
const LITTLE_AVERSION = 0.1;
const WAITS = Infinity;
const PATIENCE = 0.25;
const SHORT_REACH = 1.2;

/** What is used where there is no time for a search. */
export const DEFAULT_POLICY: Policy = {
  aversion: 1,
  tolerance: 0.3,
  patience: WAITS,
  critical: 0,
  consideration: 1,
  reach: Infinity,
};

function combine(
  criticals: readonly number[],
  rules: readonly (readonly [tolerance: number, patience: number])[],
): Policy[] {
  return criticals.flatMap((critical) =>
    AVERSIONS.flatMap((aversion) =>
      rules.map(([tolerance, patience]) => ({ ...DEFAULT_POLICY, aversion, tolerance, patience, critical })),
    ),
  );
}

/** What the search looks through. */
export const POLICIES: readonly Policy[] = [
  ...combine(
    [0],
    [
      [0.3, WAITS],
      [0.03, WAITS],
      [0.1, WAITS],
      [1, WAITS],
      [9, WAITS],
      [0.03, PATIENCE],
      [0.1, PATIENCE],
      [0.3, PATIENCE],
      [1, PATIENCE],
    ],
  ),
  ...combine(
    [0.5, 0.85],
    [
      [0.3, WAITS],
      [1, WAITS],
      [9, WAITS],
      [0.3, PATIENCE],
      [1, PATIENCE],
    ],
  ),
  { ...DEFAULT_POLICY, aversion: LITTLE_AVERSION, tolerance: 1 },
  { ...DEFAULT_POLICY, aversion: LITTLE_AVERSION, tolerance: 9 },
  { ...DEFAULT_POLICY, tolerance: 0.3, reach: SHORT_REACH },
  { ...DEFAULT_POLICY, tolerance: 9, reach: SHORT_REACH },
];

/** What a task that is not critical puts up with. */
export const CALM = 0.05;

/** Seconds that every task waits before its patience may end. */
export const SHORTEST_PATIENCE = 300;
