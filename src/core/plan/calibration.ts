/**
 * Keeps contention scores honest: what tasks of a like score met is held against it, and scores that are published
 * later are corrected by it.
 *
 * Scores err by more than the forecast does. Tasks that are placed later take their place where the load turned out
 * low, and stay away where it turned out high, so that scores in the middle are too high; and nodes are chosen for
 * their low scores, so that low ones are too low.
 *
 * The correction is a line through a few points. Each point is moved by the mean error of the scores around it,
 * as far as there are enough of them (shrinkage towards the score itself), and old errors are forgotten. Nothing
 * short stays nothing, and a higher score stays higher.
 *
 * Choices are made by scores as they are: what is learned differs little between the nodes of a moment.
 */

const POINTS = [0, 0.05, 0.15, 0.3, 0.5, 0.75, 1];
/** Errors of so many tasks weigh as much as the score itself does. */
const PRIOR_TASKS = 30;
/** Each task that is learned leaves so much of what was known before. */
const MEMORY = 1 - 1 / 2000;

export class ScoreCalibration {
  /** By point: tasks nearby, and the sum of what came less what was said. */
  readonly #weight = new Float64Array(POINTS.length);
  readonly #error = new Float64Array(POINTS.length);
  #values: Float64Array = Float64Array.from(POINTS);

  /** @param score 0..1, as the plan has it */
  apply(score: number): number {
    if (score <= 0) return 0;
    const [low, share] = place(score);
    return (1 - share) * (this.#values[low] ?? 0) + share * (this.#values[low + 1] ?? 1);
  }

  /**
   * @param score 0..1, as the plan had it when the task was bound, before `apply`
   * @param realised 0..1: the share of its run in which something was short
   */
  learn(score: number, realised: number): void {
    if (score <= 0) return;
    for (let p = 0; p < POINTS.length; p++) {
      this.#weight[p] = (this.#weight[p] ?? 0) * MEMORY;
      this.#error[p] = (this.#error[p] ?? 0) * MEMORY;
    }
    const [low, share] = place(score);
    this.#add(low, 1 - share, realised - score);
    this.#add(low + 1, share, realised - score);
    let highest = 0;
    this.#values = Float64Array.from(POINTS, (point, p) => {
      if (p === 0) return 0;
      const moved = point + (this.#error[p] ?? 0) / ((this.#weight[p] ?? 0) + PRIOR_TASKS);
      return (highest = Math.max(highest, Math.min(1, moved)));
    });
  }

  #add(point: number, weight: number, error: number): void {
    this.#weight[point] = (this.#weight[point] ?? 0) + weight;
    this.#error[point] = (this.#error[point] ?? 0) + weight * error;
  }
}

/** The point below, and how far from it to the next one. */
function place(score: number): [low: number, share: number] {
  let low = 0;
  while (low < POINTS.length - 2 && score >= (POINTS[low + 1] ?? 1)) low += 1;
  const from = POINTS[low] ?? 0;
  return [low, Math.min(1, (score - from) / ((POINTS[low + 1] ?? 1) - from))];
}
