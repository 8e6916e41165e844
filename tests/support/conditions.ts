/** A machine that the tests must pass on; scripts/test-conditions.ts makes each of them out of this one. */
export interface Condition {
  readonly description: string;
  /** So many times the time that a wait may take here. */
  readonly slower: number;
  /** What src/platform/test-pace.ts is told; null: nothing. */
  readonly pace: string | null;
  /** Whether all processes share one core with a process that never rests. */
  readonly isPinned: boolean;
  /** Files at once; null: as many as there are cores. Where tests wait for delays, more than one fits on a core. */
  readonly filesAtOnce: number | null;
  /** How often the whole suite must be green in a row. */
  readonly repeats: number;
}

export const CONDITIONS = {
  plain: {
    description: 'as it is',
    ...{ slower: 1, pace: null, isPinned: false, filesAtOnce: null, repeats: 5 },
  },
  pinned: {
    description: 'on one core, beside a process that never rests',
    ...{ slower: 5, pace: null, isPinned: true, filesAtOnce: null, repeats: 2 },
  },
  instant: {
    description: 'trainings and reads are over as soon as they begin',
    ...{ slower: 1, pace: 'instant', isPinned: false, filesAtOnce: null, repeats: 1 },
  },
  delayed: {
    description: 'each stage begins 2 s later',
    ...{ slower: 5, pace: 'delay:2000', isPinned: false, filesAtOnce: 6, repeats: 1 },
  },
} as const satisfies Record<string, Condition>;

/** The environment variable that tells vitest.config.ts the name of a condition. */
export const CONDITION_VARIABLE = 'TRAINYARD_TEST_CONDITION';

/** The condition of that name. Throws where there is none. */
export function conditionOf(name: string): Condition {
  const condition = Object.entries(CONDITIONS).find(([known]) => known === name)?.[1];
  if (condition === undefined) {
    throw new Error(`There is no condition ${name}, only ${Object.keys(CONDITIONS).join(', ')}.`);
  }
  return condition;
}
