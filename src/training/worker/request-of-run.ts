import type { ColumnOutline, DatasetRow } from '../../datasets/dataset.store.ts';
import { currentReading } from '../../runtime/values/cells.ts';
import type { PlannedRun } from '../runs/training-run.store.ts';
import type { TrainingInput } from './train-model.thread.ts';

const MAX_TIMESTAMPS = 5;

/** What a run asks of its training, with how the file of its dataset is written. */
export function requestOfRun(
  run: PlannedRun,
  { missingTokens, keepDefaultMissingTokens }: DatasetRow,
  allColumns: readonly ColumnOutline[],
): TrainingInput['request'] {
  const { target, task, features, algorithm, parameters, split, positiveClass } = run;
  const featureNames = new Set(features);
  const columns = allColumns
    .filter(
      ({ name, numberFormat, dateOrder }) => featureNames.has(name) && (numberFormat !== null || dateOrder !== null),
    )
    .map(({ name, numberFormat, dateOrder }) => ({ name, numberFormat, dateOrder }));
  return {
    target,
    task,
    features,
    algorithm,
    parameters,
    split,
    timestampColumns: split.strategy === 'LAST' ? timestampColumnsOf(allColumns, target) : [],
    positiveClass,
    refit: run.refit,
    monotone: run.monotone,
    weightColumn: run.weightColumn,
    plan: run.requestedPlan,
    formats: { columns, reading: currentReading(missingTokens, keepDefaultMissingTokens) },
  };
}

/** Names of DATETIME columns by which the file may be sorted: only the first few, because each one is read. */
function timestampColumnsOf(columns: readonly Pick<ColumnOutline, 'name' | 'kind'>[], target: string): string[] {
  const timestampColumns = columns.filter(({ kind, name }) => kind === 'DATETIME' && name !== target);
  return timestampColumns.slice(0, MAX_TIMESTAMPS).map(({ name }) => name);
}
