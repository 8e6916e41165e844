import type { Model } from '../../runtime/model.ts';
import { currentReading } from '../../runtime/values/cells.ts';
import type { ForeignModelIssueCode } from '../foreign/conversion.ts';
import { convertForeignModel } from '../foreign/convert-foreign-model.ts';
import type { ForeignModel, ForeignModelFormat } from '../foreign/foreign-model.ts';
import { readForeignModel } from '../foreign/read-foreign-model.ts';
import { modelFile, readBack } from '../model-bytes.ts';
import type { Task } from '../task.ts';
import { withDatasetFacts } from './dataset-facts.ts';
import { ImportInputError } from './import-input-error.ts';
import { type ImportIssue, type ImportIssueCode, importIssue } from './import-issue.ts';
import { type ImportDataset, inputColumns, inputNames } from './imported-columns.ts';
import { classLabels } from './imported-labels.ts';

/** A file of a model that was made elsewhere, and what it is to be here. */
export interface ImportRequest {
  readonly format: ForeignModelFormat;
  readonly bytes: Uint8Array;
  readonly task: Task;
  readonly target: string;
  /** Of the classes 0, 1, …; null: those of the dataset's target, in their order. */
  readonly labels: readonly string[] | null;
  /** The columns of the inputs, in the model's order; null: as the file names them. */
  readonly features: readonly string[] | null;
  /** Whose columns the model reads; null: none. */
  readonly dataset: ImportDataset | null;
  /** Texts for "no value" in the dataset, and whether they stand beside the usual ones. */
  readonly missingTokens: readonly string[];
  readonly keepDefaultMissingTokens: boolean;
}

/** A model as it is stored here. */
export interface ImportedFile {
  readonly modelBytes: Uint8Array<ArrayBuffer>;
  /** The columns that it reads, in the order of the model. */
  readonly features: readonly string[];
  /** The library that made it, with its version where the file tells it. */
  readonly maker: string;
  readonly objective: string;
  readonly issues: readonly ImportIssue[];
}

const MAKERS = { XGBOOST: 'XGBoost', LIGHTGBM: 'LightGBM' } as const;

const ISSUES: Readonly<Record<ForeignModelIssueCode, ImportIssueCode>> = {
  FEATURES_UNUSED: 'MODEL_FEATURES_UNUSED',
  ZERO_IS_MISSING: 'MODEL_ZERO_IS_MISSING',
  LATER_ROUNDS_LEFT_OUT: 'MODEL_LATER_ROUNDS_LEFT_OUT',
  CATEGORIES_WITHOUT_TEXT: 'MODEL_CATEGORIES_UNKNOWN',
  NOTE: 'MODEL_NOTE',
};

/**
 * Makes a model file of one that was made elsewhere, and predicts as it does. With a dataset the file has the profile of its rows.
 * Throws ForeignModelError for a file that cannot be used, ImportInputError for what was named and does not fit, and
 * TrainingDataError for a model that is too large.
 */
export function importModel(request: ImportRequest): ImportedFile {
  const { task, target, dataset } = request;
  const foreign = readForeignModel(request.format, request.bytes);
  requireTask(foreign, task);
  const names = inputNames(foreign, request.features, target);
  const issues: ImportIssue[] = [];
  const labels = classLabels(foreign, { ...request, target: dataset && targetOf(dataset, target) }, issues);
  const columns = inputColumns(foreign, names, dataset, issues);
  const { missingTokens } = currentReading(request.missingTokens, request.keepDefaultMissingTokens);
  const converted = convertForeignModel(foreign, { task, target, labels, columns, missingTokens, rounds: 'BEST' });
  const model: Model = { ...converted.model, algorithm: 'GRADIENT_BOOSTING' };
  const modelBytes = modelFile(dataset === null ? model : withDatasetFacts(model, dataset));
  // What cannot be read again would fail whoever predicts.
  readBack(modelBytes);
  return {
    modelBytes,
    features: names,
    maker: foreign.version === null ? MAKERS[foreign.maker] : `${MAKERS[foreign.maker]} ${foreign.version}`,
    objective: foreign.objective,
    issues: [
      ...issues,
      ...converted.issues.map(({ code, message, column }) => importIssue(ISSUES[code], message, { column })),
    ],
  };
}

function requireTask({ link, objective }: ForeignModel, task: Task): void {
  const own: Task = link === 'LOGIT' || link === 'SOFTMAX' ? 'CLASSIFICATION' : 'REGRESSION';
  if (own === task) return;
  throw new ImportInputError(
    'task',
    `The objective of the model is ${objective}, which is ${own}; got ${task}.`,
    `Give the task ${own}.`,
  );
}

function targetOf(dataset: ImportDataset, target: string) {
  if (dataset.hasColumn(target)) return dataset.column(target);
  throw new ImportInputError(
    'target',
    `The dataset has no column "${target.slice(0, 200)}".`,
    'Name the column that the model predicts, or leave datasetId out.',
  );
}
