import type { DatasetColumnRow, DatasetRow } from '../datasets/dataset.store.ts';
import type { TrainingRunRow } from '../training/runs/training-run.store.ts';

/** The inputs of `uploadDataset` and `startTraining` that reproduce a model. */
export interface Repetition {
  /** Null if the dataset is deleted: how its file was read is then unknown. */
  readonly upload: object | null;
  readonly training: object;
}

/**
 * `columns`: those of the features, the target and the weights, whose kinds are given explicitly; other columns do not matter. Null if
 * there are too many to list: the lists of kinds and features are then omitted.
 */
export function repetitionOf(
  run: TrainingRunRow,
  dataset: DatasetRow | null,
  columns: readonly DatasetColumnRow[] | null,
): Repetition {
  const { target, task, algorithm, features } = run;
  const given = Object.entries(run.parameters).filter(([, value]) => value !== null);
  const parameters = Object.fromEntries(given);
  const { strategy, testFraction, column, seed } = run.split;
  const split = { strategy, testFraction, ...(column === null ? {} : { column }), seed };
  return {
    upload: dataset && { name: dataset.name, csv: optionsOf(dataset, columns) },
    training: {
      datasetId: run.datasetId,
      target,
      task,
      algorithm,
      ...(columns === null ? {} : { features }),
      parameters,
      split,
      ...(run.positiveClass === null ? {} : { positiveClass: run.positiveClass }),
      ...(run.refit ? { refit: true } : {}),
      ...(run.weightColumn === null ? {} : { weightColumn: run.weightColumn }),
      ...(run.monotone.length === 0 ? {} : { monotone: run.monotone }),
      ...(run.engine === 'LOCAL' ? {} : { engine: run.engine }),
      ...(run.executedPlan === null ? {} : { plan: run.executedPlan }),
    },
  };
}

function optionsOf(
  { dialect, missingTokens, keepDefaultMissingTokens }: DatasetRow,
  columns: readonly DatasetColumnRow[] | null,
): object {
  const { delimiter, quote, decimal, encoding, hasHeader } = dialect;
  const ofKind = (kind: DatasetColumnRow['kind']) => (columns ?? []).filter((column) => column.kind === kind);
  const thousands = onlyOne(ofKind('NUMERIC').map(({ numberFormat }) => numberFormat?.thousands ?? ''));
  const dateOrder = onlyOne(ofKind('DATETIME').map(({ dateOrder: order }) => order ?? ''));
  return {
    // Datasets of earlier versions have none.
    delimiter,
    quote: quote ?? '',
    escape: dialect.escape ?? '',
    decimal,
    ...(thousands === null ? {} : { thousands }),
    encoding,
    hasHeader,
    ...(dateOrder === null ? {} : { dateOrder }),
    missingTokens,
    ...(keepDefaultMissingTokens ? {} : { keepDefaultMissingTokens }),
    ...(columns === null ? {} : { columnKinds: columns.map(({ name, kind }) => ({ column: name, kind })) }),
  };
}

/** The common value of all columns; null if there is none, or if they differ: each was then detected. */
function onlyOne(values: readonly string[]): string | null {
  const [first, ...others] = new Set(values);
  return first === undefined || first === '' || others.length > 0 ? null : first;
}
