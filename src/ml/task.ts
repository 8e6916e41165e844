/** What a model predicts: one of several labels, or a number. */
export const TASKS = ['CLASSIFICATION', 'REGRESSION'] as const;

export type Task = (typeof TASKS)[number];
