import type { ColumnOutline } from '../../datasets/dataset.store.ts';
import { badInput, InputErrors } from '../../errors.ts';
import { needsColumn, type SplitRequest } from '../../ml/split/split.ts';
import { type Columns, requireColumn } from './plan-columns.ts';

/** The split, checked. Throws BAD_USER_INPUT. `target`: null if it is invalid itself. */
export function planSplit(split: SplitRequest, target: ColumnOutline | null, columns: Columns): SplitRequest {
  const errors = new InputErrors();
  errors.collect(() => checkTestFraction(split));
  errors.collect(() => {
    if (!Number.isInteger(split.seed) || split.seed < 0) {
      throw badInput('input.split.seed', `seed must be a whole number from 0; got ${split.seed}.`);
    }
  });
  errors.collect(() => checkSplitColumn(split, target, columns));
  errors.throwIfAny();
  return split;
}

function checkTestFraction({ strategy, testFraction }: SplitRequest): void {
  if (!(testFraction > 0 && testFraction < 1)) {
    throw badInput('input.split.testFraction', `testFraction must lie between 0 and 1; got ${testFraction}.`);
  }
  const parts = 1 / testFraction;
  if (strategy === 'INTERLEAVED' && Math.abs(parts - Math.round(parts)) > 1e-9) {
    throw badInput(
      'input.split.testFraction',
      `For INTERLEAVED, 1/testFraction must be a whole number; 1/${testFraction} is not.`,
      'For example 0.5, 0.25, 0.2 or 0.1.',
    );
  }
}

function checkSplitColumn({ strategy, column }: SplitRequest, target: ColumnOutline | null, columns: Columns): void {
  const argument = 'input.split.column';
  if (!needsColumn(strategy)) {
    if (column !== null) {
      throw badInput(argument, `A column is for the strategies COLUMN, GROUP and TIME, not for ${strategy}.`);
    }
    return;
  }
  if (column === null) throw badInput(argument, `The strategy ${strategy} needs the name of a column.`);
  const found = requireColumn(argument, column, columns);
  if (found === target) throw badInput(argument, 'The target cannot be the column that splits the rows.');
  if (strategy === 'TIME' && found.kind !== 'DATETIME' && found.kind !== 'NUMERIC') {
    throw badInput(
      argument,
      `TIME needs a column of dates or numbers; "${column}" is ${found.kind}.`,
      'Name another column, set its kind to DATETIME or NUMERIC at the upload, or choose LAST if the rows are in time order.',
    );
  }
  if (strategy !== 'COLUMN' && found.distinct < 2 && found.missing === 0) {
    throw badInput(
      argument,
      `"${column}" has the same value in all rows and cannot split them.`,
      'Name another column.',
    );
  }
}
