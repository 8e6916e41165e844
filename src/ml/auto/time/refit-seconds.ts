import type { RaceState } from '../race-state.ts';
import type { SearchConditions } from '../search-conditions.ts';

/** Fitting to all rows sees more of them than a fold does, and reading back and scoring take their time as well. */
const SAFETY = 1.25;

/** The model file is written, read back and scored; the baseline too. */
const BESIDE_SECONDS = 0.2;

/**
 * What fitting the best choice so far to all training rows and predicting the test rows is expected to take; with `isRefitted` also
 * fitting it to all of them together.
 */
export function refitSeconds(
  state: RaceState,
  trainRows: number,
  { testRows, isRefitted }: Pick<SearchConditions, 'testRows' | 'isRefitted'>,
): number {
  const { rows, choice } = state;
  const rowsToFit = trainRows + (isRefitted ? trainRows + testRows : 0);
  let seconds = BESIDE_SECONDS;
  for (const index of choice?.weights.keys() ?? []) {
    const { outcomes } = state.record(index);
    const fitted = outcomes.reduce((sum, { fitSeconds }) => sum + fitSeconds, 0);
    const fittedRows = rows.folds.reduce((sum, { train }) => sum + train.length, 0);
    const predicted = outcomes.reduce((sum, { predictSeconds }) => sum + predictSeconds, 0);
    seconds += SAFETY * ((fitted * rowsToFit) / fittedRows + (predicted * testRows) / rows.actual.length);
  }
  return seconds;
}
