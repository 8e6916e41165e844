import type { RaceState } from '../race-state.ts';

/** Fitting to all rows sees more of them than a fold does, and reading back and scoring take their time as well. */
const SAFETY = 1.25;

/** The model file is written, read back and scored; the baseline too. */
const BESIDE_SECONDS = 0.2;

/** What fitting the best choice so far to all training rows and predicting the test rows is expected to take. */
export function refitSeconds(state: RaceState, trainRows: number, testRows: number): number {
  const { rows, choice } = state;
  let seconds = BESIDE_SECONDS;
  for (const index of choice?.weights.keys() ?? []) {
    const { outcomes } = state.record(index);
    const fitted = outcomes.reduce((sum, { fitSeconds }) => sum + fitSeconds, 0);
    const fittedRows = rows.folds.reduce((sum, { train }) => sum + train.length, 0);
    const predicted = outcomes.reduce((sum, { predictSeconds }) => sum + predictSeconds, 0);
    seconds += SAFETY * ((fitted * trainRows) / fittedRows + (predicted * testRows) / rows.actual.length);
  }
  return seconds;
}
