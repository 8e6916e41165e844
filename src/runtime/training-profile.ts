/**
 * What the training rows had in each column that a model reads: for forms that ask the model, and to find out later whether new
 * rows differ from them. No prediction depends on it.
 */
export type ColumnProfile = NumberProfile | CategoryProfile;

interface CountedColumn {
  readonly name: string;
  /** Counted training rows: all, or an even sample of them. */
  readonly rows: number;
  /** Those of them without a value. */
  readonly missing: number;
}

/**
 * A column of numbers, or of dates (milliseconds since 1970 in UTC); or of texts, by the numbers that the model reads of them, for
 * the first of several labels.
 */
export interface NumberProfile extends CountedColumn {
  readonly kind: 'NUMERIC' | 'DATETIME' | 'TEXT';
  /** Whether any training row has no value, also one that was not counted. */
  readonly hasMissing: boolean;
  /** Null where no row has a value. */
  readonly range: NumberRange | null;
  /** The deciles, ascending, each once: the bounds between the groups of `counts`. */
  readonly bounds: readonly number[];
  /** The rows up to each bound, and those above the last. */
  readonly counts: readonly number[];
}

export interface NumberRange {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** A column of texts. */
export interface CategoryProfile extends CountedColumn {
  readonly kind: 'CATEGORICAL' | 'BOOLEAN';
  /** The rows of each category of the feature, in its order, and those of all other texts. */
  readonly counts: readonly number[];
}
