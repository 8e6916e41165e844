import type { RaceState } from '../race-state.ts';
import type { SearchConditions } from '../search-conditions.ts';

/** Fitting to all rows sees more of them than a fold does, and reading back and scoring take their time as well. */
const SAFETY = 1.25;

/** The model file is written, read back and scored; the baseline too. */
const BESIDE_SECONDS = 0.2;

/** What is fitted to all rows after a race. */
export interface RefitSize extends Pick<SearchConditions, 'testRows' | 'isRefitted'> {
  readonly trainRows: number;
  /** The index of the candidate that is fitted to all training rows already; null: none is. */
  readonly fitted: number | null;
  /** What fitting to all rows takes, of what fitting to as many rows of a fold took. */
  readonly share: number;
}

/**
 * What fitting the best choice so far to all training rows and predicting the test rows is expected to take; with `isRefitted` also
 * fitting it to all of them together.
 */
export function refitSeconds(state: RaceState, { trainRows, testRows, isRefitted, fitted, share }: RefitSize): number {
  const { rows, choice } = state;
  const again = isRefitted ? trainRows + testRows : 0;
  let seconds = BESIDE_SECONDS;
  for (const index of choice?.weights.keys() ?? []) {
    const { outcomes } = state.record(index);
    const fitSeconds = outcomes.reduce((sum, outcome) => sum + outcome.fitSeconds, 0);
    const fittedRows = rows.folds.reduce((sum, { train }) => sum + train.length, 0);
    const rowsToFit = again + (index === fitted ? 0 : trainRows);
    const predicted = outcomes.reduce((sum, { predictSeconds }) => sum + predictSeconds, 0);
    seconds += SAFETY * ((share * fitSeconds * rowsToFit) / fittedRows + (predicted * testRows) / rows.actual.length);
  }
  return seconds;
}
