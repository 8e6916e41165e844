/** Algorithms that fit one model to all rows that they are given. */
export const LEARNER_NAMES = [
  'BASELINE',
  'LINEAR',
  'DECISION_TREE',
  'RANDOM_FOREST',
  'EXTRA_TREES',
  'GRADIENT_BOOSTING',
] as const;

export type LearnerName = (typeof LEARNER_NAMES)[number];
