import type { LearnerName } from '../learners/learner-names.ts';

export const MONOTONE_DIRECTIONS = ['INCREASING', 'DECREASING'] as const;

/**
 * As the column rises, and all others stay, a prediction never falls (INCREASING) or never rises. For two labels it is the
 * probability of the positive class. A missing value has no place in the order.
 */
export interface MonotoneConstraint {
  /** The name of a feature of numbers or dates. */
  readonly column: string;
  readonly direction: (typeof MONOTONE_DIRECTIONS)[number];
}

/** The learners that keep to constraints. */
export const MONOTONE_LEARNERS: readonly LearnerName[] = ['DECISION_TREE', 'GRADIENT_BOOSTING'];
