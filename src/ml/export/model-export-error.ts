/** Why a model cannot be written in another library's form; docs/model-format.md says when. */
export const MODEL_EXPORT_ERROR_CODES = [
  'ESTIMATOR_NOT_SUPPORTED',
  'CATEGORY_FEATURE',
  'TEXT_FEATURE',
  'MISSING_VALUES',
  'PROFILE_MISSING',
  'NUMBERS_OUT_OF_RANGE',
  'TOO_LARGE',
] as const;

export type ModelExportErrorCode = (typeof MODEL_EXPORT_ERROR_CODES)[number];

/** The form cannot carry the model; the message is for the user. */
export class ModelExportError extends Error {
  override readonly name = 'ModelExportError';
  readonly code: ModelExportErrorCode;

  constructor(code: ModelExportErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function textFeatureError(column: string): ModelExportError {
  return new ModelExportError(
    'TEXT_FEATURE',
    `the form has nothing that reads the words of texts, and ${column} is a column of free text: train without it`,
  );
}
