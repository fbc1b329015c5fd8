/** The experts before one course: asked together, and held to what a load can be. */
import type { Course } from './course.ts';
import type { Expert, Placed } from './experts/expert.ts';

/** What every expert says of one lead. */
export class Opinions {
  readonly levels: number;
  /** `quantiles[expert * levels + level]`, ascending over levels, within [0, capacity]. */
  readonly quantiles: Float64Array;
  /** 1: the expert has said something. */
  readonly has: Uint8Array;
  readonly #views: readonly Float64Array[];

  constructor(experts: number, levels: number) {
    this.levels = levels;
    this.quantiles = new Float64Array(experts * levels);
    this.has = new Uint8Array(experts);
    this.#views = Array.from({ length: experts }, (_, e) =>
      this.quantiles.subarray(e * levels, (e + 1) * levels),
    );
  }

  /** A view: made once, since an expert is asked for thousands of leads. */
  of(expert: number): Float64Array {
    return this.#views[expert] ?? this.quantiles.subarray(0, 0);
  }
}

export interface PlacedPanel {
  /** False where nobody has an opinion. */
  ask(lead: number, into: Opinions): boolean;
}

export class Panel {
  readonly course: Course;
  readonly #studied: readonly (Placed | undefined)[];

  constructor(experts: readonly Expert[], course: Course) {
    this.course = course;
    this.#studied = experts.map((expert) => expert.study(course));
  }

  /** Where the last rows were not measured, the experts stand before them and look further. */
  at(origin: number): PlacedPanel {
    const end = this.course.measuredEnd(origin);
    const gap = origin - end;
    const predictors = this.#studied.map((place) => (end === 0 ? undefined : place?.(end)));
    return {
      ask: (lead, into) => {
        let some = false;
        for (let expert = 0; expert < predictors.length; expert++) {
          const quantiles = into.of(expert);
          const said = predictors[expert]?.(lead + gap, quantiles) === true;
          into.has[expert] = said ? 1 : 0;
          if (said) sanitise(quantiles, this.course.capacity);
          some ||= said;
        }
        return some;
      },
    };
  }
}

/** Clips to [0, capacity] and makes later quantiles at least the earlier ones. */
export function sanitise(quantiles: Float64Array, capacity: number): void {
  let least = 0;
  for (let l = 0; l < quantiles.length; l++) {
    least = Math.max(least, Math.min(quantiles[l] ?? 0, capacity));
    quantiles[l] = least;
  }
}
