import type { ClassPredictions, NumberPredictions } from '../evaluation/test-predictions.ts';

/**
 * The part of a model's test predictions that comparisons need: without row numbers. Two of the same test rows have the same
 * labels and actual targets, row by row.
 */
export type KeptPredictions = KeptClassPredictions | KeptNumberPredictions;

export type KeptClassPredictions = Omit<ClassPredictions, 'rows'>;

export type KeptNumberPredictions = Omit<NumberPredictions, 'rows'>;
