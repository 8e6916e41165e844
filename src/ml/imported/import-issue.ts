/** Every issue that the import of a model can have. Codes are part of the API: they are documented and keep their meaning. */
export const IMPORT_ISSUE_CODES = {
  MODEL_FILE_MALFORMED: {
    severity: 'ERROR',
    meaning: 'The file is not of the format that was named, or ends too early.',
  },
  MODEL_FILE_INVALID: {
    severity: 'ERROR',
    meaning: 'What the file says contradicts itself, such as a tree with a cycle, or a number that is not finite.',
  },
  MODEL_UNSUPPORTED: {
    severity: 'ERROR',
    meaning: 'The model is valid, and a model file here cannot hold it exactly; the message says why.',
  },
  MODEL_FILE_TOO_LARGE: {
    severity: 'ERROR',
    meaning: 'The model has more trees, nodes, inputs or labels than are read, or takes too much memory.',
  },
  MODEL_MISMATCH: {
    severity: 'ERROR',
    meaning: 'The columns, the labels or the task that were named do not fit the model.',
  },
  MODEL_CATEGORIES_BY_ORDER: {
    severity: 'WARNING',
    meaning:
      'The file has no texts for the categories of a column: the codes 0, 1, … were taken for the values of the dataset in their order.',
  },
  MODEL_CATEGORIES_ARE_CODES: {
    severity: 'WARNING',
    meaning:
      'The file has no texts for the categories of a column, and no dataset was named: rows have to give the codes.',
  },
  MODEL_CATEGORIES_UNKNOWN: {
    severity: 'WARNING',
    meaning: 'The model knows categories of a column for which there is no text.',
  },
  MODEL_LABELS_BY_ORDER: {
    severity: 'INFO',
    meaning:
      'No labels were named: the classes 0, 1, … are the values of the target in their order, or, without a dataset, those numbers.',
  },
  MODEL_ZERO_IS_MISSING: {
    severity: 'INFO',
    meaning: 'The model was trained so that zeros are missing values, in every column of numbers.',
  },
  MODEL_FEATURES_UNUSED: { severity: 'INFO', meaning: 'No tree asks about some of the inputs.' },
  MODEL_LATER_ROUNDS_LEFT_OUT: {
    severity: 'INFO',
    meaning: 'The trees after the best round of early stopping were left out.',
  },
  MODEL_NOTE: { severity: 'INFO', meaning: 'Something about the file that its reader noted; the message says it.' },
} as const;

export type ImportIssueCode = keyof typeof IMPORT_ISSUE_CODES;

/** Something about an imported model that its owner should know; of the same form as an issue of a dataset. */
export interface ImportIssue {
  readonly code: ImportIssueCode;
  readonly severity: 'ERROR' | 'WARNING' | 'INFO';
  readonly message: string;
  /** The input that it is about, by its column; null for the whole file. */
  readonly column: string | null;
  readonly lines: readonly number[];
  readonly hint: string | null;
}

/** An issue with the severity of its code. */
export function importIssue(
  code: ImportIssueCode,
  message: string,
  { column = null, hint = null }: { readonly column?: string | null; readonly hint?: string | null } = {},
): ImportIssue {
  return { code, severity: IMPORT_ISSUE_CODES[code].severity, message, column, lines: [], hint };
}
