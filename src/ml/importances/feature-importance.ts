/** By what an importance was found. */
export const IMPORTANCE_METHODS = ['PERMUTATION', 'GAIN'] as const;

export type ImportanceMethod = (typeof IMPORTANCE_METHODS)[number];

/** How much a model leans on a column. */
export interface FeatureImportance {
  readonly feature: string;
  readonly method: ImportanceMethod;
  /** PERMUTATION: the log-loss that is added, or the R2 that is lost, when the column is shuffled. GAIN: the same as `gain`. */
  readonly importance: number;
  /** The standard error of the importance; null for GAIN. */
  readonly stddev: number | null;
  /** The column's share of all that fitting gained (trees), or of the size of the standardised weights (LINEAR); all sum to 1. */
  readonly gain: number;
  /** Whether the importance is within noise; null for GAIN, which has no error estimate. */
  readonly isNoise: boolean | null;
  /**
   * The number of test rows in the sample; null for GAIN. Importances stored before this field existed are of accuracy and
   * R2.
   */
  readonly rows: number | null;
}
