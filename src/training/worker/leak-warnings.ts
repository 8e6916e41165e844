import { excludesSplitColumn } from '../../ml/split/split.ts';
import type { TrainingRequest } from '../../ml/train-model.ts';
import { findLeaks } from '../../tabular/issues/leakage.ts';

/** Rows and cells that are checked, which takes a small part of any training. Each column is judged by some hundred rows. */
const ROWS = 2_000;
const CELLS = 200_000;
/** Only the first columns are checked: a table with tens of thousands would take seconds. */
const COLUMNS = 2_500;
/** Maximum number of columns named in a warning. */
const COLUMNS_NAMED = 10;

/**
 * Target leakage: a warning for each column that almost determines the target by itself. It may have been filled in with
 * knowledge of the target, and be unavailable at prediction time; or it may simply be a good feature, which statistics cannot
 * tell. Each column is judged by itself, so that copies do not hide each other.
 */
export function leakWarnings(request: TrainingRequest): string[] {
  const { table, task, split } = request;
  const target = table.columns.find(({ name }) => name === request.target);
  const featureNames = new Set(request.features);
  if (excludesSplitColumn(split.strategy) && split.column !== null) featureNames.delete(split.column);
  featureNames.delete(request.target);
  const features = table.columns.filter(({ name }) => featureNames.has(name)).slice(0, COLUMNS);
  // A single feature is the user's choice.
  if (target === undefined || features.length < 2) return [];
  const maxRows = Math.min(ROWS, CELLS / features.length);
  const leaks = findLeaks({ rowCount: table.rowCount, columns: [target, ...features] }, 0, task, maxRows);
  const more = leaks.length - COLUMNS_NAMED;
  return [
    ...leaks
      .slice(0, COLUMNS_NAMED)
      .map(
        ({ column, finding }) =>
          `possible target leakage: the column ${column} alone almost determines ${target.name}: ${finding}. Is it known before ${target.name} is? ` +
          'If not, train without it: on new rows the model would be much worse than on these',
      ),
    ...(more > 0 ? [`${more} more columns alone almost determine ${target.name}`] : []),
  ];
}
