/** Error codes of unusable training data. */
export const TRAINING_DATA_ERROR_CODES = [
  'TARGET_NOT_FOUND',
  'TARGET_ALL_MISSING',
  'TARGET_NOT_NUMERIC',
  'TARGET_IS_DATE',
  'TARGET_ONE_CLASS',
  'TARGET_TOO_MANY_CLASSES',
  'TARGET_NOT_FOR_LOSS',
  'POSITIVE_CLASS_UNKNOWN',
  'FEATURE_NOT_FOUND',
  'FEATURE_IS_TARGET',
  'WEIGHTS_UNUSABLE',
  'MONOTONE_IMPOSSIBLE',
  'NO_USABLE_FEATURE',
  'FOLDS_IMPOSSIBLE',
  'NUMBERS_TOO_LARGE',
  'TRAINING_TOO_LARGE',
  'MODEL_TOO_LARGE',
] as const;

export type TrainingDataErrorCode = (typeof TRAINING_DATA_ERROR_CODES)[number];

/** The user's data do not allow the training; the message is for the user, the hint says what to do about it. */
export class TrainingDataError extends Error {
  override readonly name = 'TrainingDataError';
  readonly code: TrainingDataErrorCode;
  readonly hint: string | null;

  constructor(code: TrainingDataErrorCode, message: string, hint: string | null) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
