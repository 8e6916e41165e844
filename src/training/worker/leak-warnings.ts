import { keepsColumnOut } from '../../ml/split/split.ts';
import type { TrainingRequest } from '../../ml/train-model.ts';
import { findLeaks } from '../../tabular/issues/leakage.ts';

/** Rows and cells that are looked at: a small part of any training. Each column has some hundred rows to be judged by. */
const ROWS = 2_000;
const CELLS = 200_000;
/** So many columns are judged, the first ones: a table of tens of thousands would be at it for seconds. */
const COLUMNS = 2_500;
/** Columns are named up to so many. */
const COLUMNS_NAMED = 10;

/**
 * A warning for each column that alone nearly gives the target away: it may have been filled in with the target in view, and be
 * missing or something else when the model is used. It may as well be a good column, which figures cannot tell. Each is judged
 * by itself, so that copies do not hide one another, and one that counts only beside others is not blamed.
 */
export function leakWarnings(request: TrainingRequest): string[] {
  const { table, task, split } = request;
  const target = table.columns.find(({ name }) => name === request.target);
  const wanted = new Set(request.features);
  if (keepsColumnOut(split.strategy) && split.column !== null) wanted.delete(split.column);
  wanted.delete(request.target);
  const features = table.columns.filter(({ name }) => wanted.has(name)).slice(0, COLUMNS);
  // The only column is what the user chose.
  if (target === undefined || features.length < 2) return [];
  const most = Math.min(ROWS, CELLS / features.length);
  const leaks = findLeaks({ rowCount: table.rowCount, columns: [target, ...features] }, 0, task, most);
  const more = leaks.length - COLUMNS_NAMED;
  return [
    ...leaks
      .slice(0, COLUMNS_NAMED)
      .map(
        ({ column, finding }) =>
          `the column ${column} alone nearly gives ${target.name} away: ${finding}. Is it known, as it stands here, before ${target.name} is? ` +
          'If not, train without it: on new rows the model would be much worse than on these. If it is, all is well',
      ),
    ...(more > 0 ? [`${more} more columns alone nearly give ${target.name} away`] : []),
  ];
}
