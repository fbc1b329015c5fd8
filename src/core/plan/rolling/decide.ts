/** What is to be followed from now on: the best policy, a plan ahead that is better, or a policy with running tasks moved. */
import { AheadCandidate } from '../ahead-candidate.ts';
import { namedSchedule } from '../ahead/index.ts';
import type { Course } from '../course.ts';
import { Explanations } from '../explanations.ts';
import { objectiveOf } from '../objective.ts';
import type { Policy } from '../policy.ts';
import type { Problem } from '../problem.ts';
import { rescue } from '../rescue.ts';
import type { Rollout } from '../rollout.ts';
import { bestPolicy, isAffordable, policiesForQuiet, unsearched } from '../search.ts';
import type { Memory } from './memory.ts';

export interface Decision extends Pick<Memory, 'policy' | 'moves' | 'script' | 'schedule'> {
  /** Of the rollout's last run, where that was of this very decision. */
  readonly explanations?: Explanations;
}

export interface SearchOptions {
  readonly policies: readonly Policy[];
  /** May running tasks be moved? */
  readonly rescue: boolean;
  /** Are plans ahead held against policies? */
  readonly ahead: boolean;
  /** Are there to be explanations? */
  readonly explain: boolean;
  /** Seconds from now: plans that end later are only taken where all do. */
  readonly latest?: number;
}

/** @param current the policy in force, which stays where no other is better or the problem is too large for a search */
export function decide(
  problem: Problem,
  course: Course,
  rollout: Rollout,
  current: Policy,
  options: SearchOptions,
): Decision {
  const none = { moves: [], script: undefined, schedule: undefined };
  if (!isAffordable(rollout)) return { policy: current, ...none };
  const objective = objectiveOf(problem, course.standing, options.latest);
  const hasChoice = options.policies.length > 1;
  const explanations = new Explanations(course.columns.tasks.length);
  const ahead =
    hasChoice && options.ahead && course.overdue.size === 0
      ? AheadCandidate.of(
          { course, rollout, objective, policy: current },
          options.explain ? explanations : undefined,
        )
      : undefined;
  const isQuiet = ahead?.isQuiet === true;
  const policies = isQuiet ? policiesForQuiet(options.policies) : options.policies;
  const mayRefine = hasChoice && !isQuiet;
  const { policy, value } =
    ahead?.isGoodEnough === true
      ? unsearched(current)
      : bestPolicy(rollout, objective, policies, current, mayRefine);
  const better = ahead?.better(value);
  if (better !== undefined) {
    const { script, schedule } = better;
    return {
      policy,
      moves: [],
      script,
      schedule: namedSchedule(schedule, problem, course),
      ...(ahead?.isGoodEnough === true ? { explanations } : {}),
    };
  }
  if (!options.rescue) return { policy, ...none };
  const { moves } = rescue(problem, course, rollout, objective, policy, value);
  return { policy, ...none, moves };
}
