import type { ClassPredictions, NumberPredictions } from '../evaluation/test-predictions.ts';

/**
 * What is kept of a model's test to compare it with another one: the predictions without the rows' numbers. Two of the
 * same test rows have the same labels and the same actual targets, row by row.
 */
export type KeptPredictions = KeptClassPredictions | KeptNumberPredictions;

export type KeptClassPredictions = Omit<ClassPredictions, 'rows'>;

export type KeptNumberPredictions = Omit<NumberPredictions, 'rows'>;
