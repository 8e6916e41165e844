/** What trains: LOCAL is this program, DISTRIBUTED is XGBoost on several hosts. */
export const TRAINING_ENGINES = ['LOCAL', 'DISTRIBUTED'] as const;

export type TrainingEngine = (typeof TRAINING_ENGINES)[number];
