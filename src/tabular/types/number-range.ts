/** What of the numbers of a column decides how narrow they can be stored; missing values count for nothing. */
export interface NumberRange {
  /** Infinity if there is no value. */
  readonly low: number;
  /** -Infinity if there is no value. */
  readonly high: number;
  /** Whether all are whole numbers up to 2^53, none of them -0. */
  readonly areWhole: boolean;
  /** Whether all are the same as 32-bit floats. */
  readonly areSingle: boolean;
}

/** The range of no numbers: what others are joined to. */
export const EMPTY_RANGE: NumberRange = {
  low: Number.POSITIVE_INFINITY,
  high: Number.NEGATIVE_INFINITY,
  areWhole: true,
  areSingle: true,
};

/** The range of two sets of numbers together. */
export function joinRanges(left: NumberRange, right: NumberRange): NumberRange {
  return {
    low: Math.min(left.low, right.low),
    high: Math.max(left.high, right.high),
    areWhole: left.areWhole && right.areWhole,
    areSingle: left.areSingle && right.areSingle,
  };
}
