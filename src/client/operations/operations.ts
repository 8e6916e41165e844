// Generated from the code by "npm run generate"; do not edit.

import type { Operation } from '../core/operation.ts';

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** The algorithms; the query `algorithms` describes them. */
export type AlgorithmName =
  | 'AUTO'
  | 'BASELINE'
  | 'DECISION_TREE'
  | 'EXTRA_TREES'
  | 'GRADIENT_BOOSTING'
  | 'LINEAR'
  | 'RANDOM_FOREST'
  | '%future added value';

/** Whether archived runs are listed. */
export type ArchivedFilter =
  /** Without archived runs. */
  | 'EXCLUDE'
  /** With archived runs. */
  | 'INCLUDE'
  /** Only archived runs. */
  | 'ONLY'
  | '%future added value';

/** How far a candidate got. */
export type CandidateStatus =
  /** All of its folds have been fitted; it may be part of the blend. */
  | 'DONE'
  /** It was clearly worse than others. */
  | 'DROPPED'
  /** The algorithm does not take these rows. */
  | 'FAILED'
  /** Its folds are being fitted. */
  | 'RUNNING'
  /** It was left out, or given up: for lack of time, because others had brought no gain, or because the run was stopped. */
  | 'SKIPPED'
  /** Its turn has not come. */
  | 'WAITING'
  | '%future added value';

/** What happened to a run in a list. */
export type ChangeKind =
  /** The run is new. */
  | 'CREATED'
  /** The run is gone. */
  | 'DELETED'
  /** The run has changed. */
  | 'UPDATED'
  | '%future added value';

/** BALANCED weights every class equally, however rare it is. */
export type ClassWeight =
  | 'BALANCED'
  | 'NONE'
  | '%future added value';

/** The kind of a column. */
export type ColumnKind =
  /** Two values, such as yes and no. */
  | 'BOOLEAN'
  /** Labels: texts that repeat. */
  | 'CATEGORICAL'
  /** One value or none; not a feature by default. */
  | 'CONSTANT'
  /** Dates, with or without a time. */
  | 'DATETIME'
  /** Values that identify rows, such as ids; not a feature by default. */
  | 'IDENTIFIER'
  /** Numbers. */
  | 'NUMERIC'
  /** Free text; not a feature by default. */
  | 'TEXT'
  | '%future added value';

export type ColumnKindInput = {
  /** The name of the column. */
  column: string;
  kind: ColumnKind;
};

/** How to read a CSV file; whatever is left out is detected. */
export type CsvOptionsInput = {
  /** Kinds of columns to use instead of the detected ones. */
  columnKinds?: Array<ColumnKindInput> | null | undefined;
  /** The order of day, month and year in dates such as 01/02/2026. */
  dateOrder?: DateOrder | null | undefined;
  /** The decimal mark: "." or ",". */
  decimal?: string | null | undefined;
  /** The character between cells, such as "," or ";". */
  delimiter?: string | null | undefined;
  /** The character encoding, such as "utf-8" or "windows-1252". */
  encoding?: string | null | undefined;
  /** The character before quotes and delimiters inside a cell, such as a backslash; "" if quotes are doubled instead. */
  escape?: string | null | undefined;
  /** Whether the first row holds the column names. */
  hasHeader?: boolean | null | undefined;
  /** False: NA, None and the like are labels; only empty cells and missingTokens mean "missing". */
  keepDefaultMissingTokens?: boolean | null | undefined;
  /** Texts that mean "missing", in addition to the default ones. */
  missingTokens?: Array<string> | null | undefined;
  /** The character around cells that contain delimiters or line breaks; "" for none. */
  quote?: string | null | undefined;
  /** The thousands separator, such as "," or a space. */
  thousands?: string | null | undefined;
};

/** The order of year (Y), month (M) and day (D) in a date. */
export type DateOrder =
  | 'DMY'
  | 'MDY'
  | 'YMD'
  | '%future added value';

/** What to download: exactly one id. */
export type DownloadInput = {
  /** A model. */
  artifactId?: string | null | undefined;
  /** A batch prediction that has SUCCEEDED: the dataset's file with the predictions beside each row. Cells that spreadsheets would run as formulas begin with an apostrophe. */
  batchPredictionId?: string | null | undefined;
  /** A dataset: the file as it was uploaded. */
  datasetId?: string | null | undefined;
  /** The format of a model; TRAINYARD_JSON by default. */
  format?: ModelFormat | null | undefined;
  /** A run that has SUCCEEDED and was trained with folds: the training rows that these have predicted, as the file of its test rows has those. */
  outOfFoldRunId?: string | null | undefined;
  /** A run that has SUCCEEDED: its test rows as a CSV file, each with its number in the file (the first row of data is 1), the actual and the predicted value, and probabilities. Of more than 1,000,000 test rows a sample. */
  trainingRunId?: string | null | undefined;
};

/** How far a column has drifted. */
export type DriftVerdict =
  /** Its population stability index is 0.1 or more above what chance makes of it. */
  | 'MODERATE'
  /** Not more than chance makes of so few rows, or hardly. */
  | 'NONE'
  /** The same from 0.25: it is time to train again. */
  | 'STRONG'
  | '%future added value';

/** Why a run ended. */
export type EndReason =
  /** cancelTraining was called; nothing was kept. */
  | 'CANCELLED'
  /** The training was completed. */
  | 'COMPLETED'
  /** The validation loss stopped improving. */
  | 'EARLY_STOPPING'
  /** The training failed; see TrainingRun.error. */
  | 'FAILED'
  /** stopTraining was called; the best model so far was kept. */
  | 'STOPPED'
  /** timeBudgetSeconds was reached; the best model so far was kept. */
  | 'TIME_BUDGET'
  | '%future added value';

/** The file of a model that was trained elsewhere; see docs/importing-models.md. */
export type ForeignModelFormat =
  /** LightGBM's text, as `save_model('model.txt')` writes it. */
  | 'LIGHTGBM_TEXT'
  /** XGBoost's JSON, as `save_model('model.json')` writes it. */
  | 'XGBOOST_JSON'
  /** XGBoost's Universal Binary JSON, as `save_model('model.ubj')` writes it. */
  | 'XGBOOST_UBJ'
  | '%future added value';

/** What a model that was trained elsewhere is to be here. */
export type ImportModelInput = {
  /** The dataset whose columns the model reads: it tells their texts and formats, the model is evaluated on its rows, and drift is measured against them. Left out: the model reads numbers by the names of its inputs, and has no metrics. */
  datasetId?: string | null | undefined;
  /** The columns of the model's inputs, in its order. Left out: as the file names them. */
  features?: Array<string> | null | undefined;
  format: ForeignModelFormat;
  /** The same key with the same file and input, within a day, returns the same model instead of a second one. */
  idempotencyKey?: string | null | undefined;
  /** CLASSIFICATION: the labels of the classes 0, 1, …, in that order. Left out: the values of the target in the dataset, numbers in numeric order, texts in the order of their characters; without a dataset, 0, 1, …. */
  labels?: Array<string> | null | undefined;
  /** What its run is called: 1 to 200 characters. */
  name: string;
  /** The column that the model predicts. */
  target: string;
  task: Task;
};

/** What the training lowers; by default LOG_LOSS or SQUARED, by the task. */
export type Loss =
  | 'LOG_LOSS'
  | 'POISSON'
  | 'QUANTILE'
  | 'SQUARED'
  | '%future added value';

/** A metric of model quality. */
export type MetricName =
  | 'ACCURACY'
  | 'AVERAGE_PRECISION'
  | 'BRIER'
  | 'F1'
  | 'LOG_LOSS'
  | 'MAE'
  | 'MAPE'
  | 'MSE'
  | 'PRECISION'
  | 'R2'
  | 'RECALL'
  | 'RMSE'
  | 'ROC_AUC'
  | 'WEIGHTED_F1'
  | 'WEIGHTED_PRECISION'
  | 'WEIGHTED_RECALL'
  | '%future added value';

/** The format of a model file. */
export type ModelFormat =
  /** A DECISION_TREE of numbers, for the library ml-cart. */
  | 'ML_CART_JSON'
  /** A LINEAR classifier of numbers, for the library ml-logistic-regression. */
  | 'ML_LOGISTIC_REGRESSION_JSON'
  /** Any model, with its preprocessing, for ONNX Runtime: see docs/model-format.md. */
  | 'ONNX'
  /** Trainyard's own, with the preprocessing: see docs/model-format.md. */
  | 'TRAINYARD_JSON'
  | '%future added value';

/** Which way a prediction may go when one column rises and all others stay. */
export type Monotone =
  /** It never rises. */
  | 'DECREASING'
  /** It never falls. */
  | 'INCREASING'
  | '%future added value';

/** Which way predictions may go as a column of numbers or dates rises. */
export type MonotoneInput = {
  /** A feature that is NUMERIC or DATETIME. */
  column: string;
  direction: Monotone;
};

/** What kind of value a parameter takes. */
export type ParameterKind =
  | 'BOOLEAN'
  | 'ENUM'
  | 'FLOAT'
  | 'INT'
  | '%future added value';

/** Parameters of the algorithms. A parameter that the algorithm does not take is an error. See `algorithms` for parameters and defaults. */
export type ParametersInput = {
  /** How the classes are weighted. */
  classWeight?: ClassWeight | null | undefined;
  /** Stop after this many rounds without a better validation loss. */
  earlyStoppingRounds?: number | null | undefined;
  /** Share of the features considered at each split or tree. */
  featureFraction?: number | null | undefined;
  /** Cross-validation inside the training rows, for every algorithm: so many more models are fitted. See Evaluation.crossValidation. */
  folds?: number | null | undefined;
  /** Strength of L1 regularization. */
  l1?: number | null | undefined;
  /** Strength of L2 regularization. */
  l2?: number | null | undefined;
  /** Shrinkage of each tree's contribution. */
  learningRate?: number | null | undefined;
  /** Leaves are linear functions of the numeric features on their paths instead of numbers. */
  linearLeaves?: boolean | null | undefined;
  /** What is lowered. Default: LOG_LOSS for labels, else SQUARED. */
  loss?: Loss | null | undefined;
  /** Maximum number of histogram bins per feature. */
  maxBins?: number | null | undefined;
  /** AUTO: the number of models to try at most. */
  maxCandidates?: number | null | undefined;
  /** Maximum depth of a tree. */
  maxDepth?: number | null | undefined;
  /** Maximum number of solver iterations. */
  maxIterations?: number | null | undefined;
  /** Maximum number of leaves of a tree. */
  maxLeaves?: number | null | undefined;
  /** Minimum sum of second derivatives in a leaf. */
  minLeafHessian?: number | null | undefined;
  /** Minimum number of training rows in a leaf. */
  minSamplesLeaf?: number | null | undefined;
  /** Strength of cost-complexity pruning. */
  pruningAlpha?: number | null | undefined;
  /** With the loss QUANTILE: the share of rows below the prediction. */
  quantile?: number | null | undefined;
  /** Try one random threshold per feature at each split. */
  randomThresholds?: boolean | null | undefined;
  /** Share of the training rows drawn for each tree. */
  rowFraction?: number | null | undefined;
  /** Seed of the training; the seed of the split is SplitInput.seed. */
  seed?: number | null | undefined;
  /** With more than two labels: one tree for all of them in each round. */
  sharedTrees?: boolean | null | undefined;
  /** Training stops after this time and keeps the best model so far. */
  timeBudgetSeconds?: number | null | undefined;
  /** Number of trees. */
  trees?: number | null | undefined;
};

/** What a member may do in a workspace. */
export type Role =
  /** Upload, train and delete. */
  | 'EDITOR'
  /** Everything. */
  | 'OWNER'
  /** Read everything. */
  | 'READER'
  | '%future added value';

/** The order of a list of runs. */
export type RunOrder =
  /** By the primary metric, the best run first, then the newest; runs without metrics come last. Filter by task and target: other values cannot be compared. */
  | 'BEST'
  /** The run that was queued last comes first. */
  | 'NEWEST'
  | '%future added value';

/** What a run is currently doing. */
export type RunStage =
  /** The run has ended. */
  | 'DONE'
  /** Evaluating the model on the test rows. */
  | 'EVALUATING'
  /** Training the model. */
  | 'FITTING'
  /** Reading the dataset. */
  | 'LOADING'
  /** Splitting the rows and preprocessing the features. */
  | 'PREPARING'
  /** Storing the model. */
  | 'SAVING'
  /** Waiting in the queue. */
  | 'WAITING'
  | '%future added value';

/** The status of a run. */
export type RunStatus =
  /** Cancelled; nothing was kept. */
  | 'CANCELLED'
  /** Ended with an error. */
  | 'FAILED'
  /** Waiting for a worker. */
  | 'QUEUED'
  /** A worker is training it. */
  | 'RUNNING'
  /** Ended with a model and metrics. */
  | 'SUCCEEDED'
  | '%future added value';

/** How serious an issue is. */
export type Severity =
  /** The file is not stored. */
  | 'ERROR'
  /** How the file was read. */
  | 'INFO'
  /** The file is stored, but the data may be wrong. */
  | 'WARNING'
  | '%future added value';

export type SignInInput = {
  email: string;
  password: string;
  /** How the client receives the refresh token. */
  tokenTransport?: TokenTransport | null | undefined;
};

export type SignUpInput = {
  email: string;
  /** Of an invitation: the user joins its workspace, instead of getting one of their own. */
  invitationToken?: string | null | undefined;
  /** Also the name of the new workspace. Default: the e-mail address. */
  name?: string | null | undefined;
  /** At least 8 characters. */
  password: string;
  /** How the client receives the refresh token. */
  tokenTransport?: TokenTransport | null | undefined;
};

/** How the test rows are chosen, on which the model is evaluated. */
export type SplitInput = {
  /** Required for the strategies COLUMN, GROUP and TIME. */
  column?: string | null | undefined;
  /** Seed of the random split. */
  seed?: number | null | undefined;
  /** How rows become test rows. */
  strategy?: SplitStrategy | null | undefined;
  /** Share of the rows that become test rows, between 0 and 1. */
  testFraction?: number | null | undefined;
};

/** How rows are split into training and test rows. */
export type SplitStrategy =
  /** Rows with "test" in `column` are the test set. */
  | 'COLUMN'
  /** At random, by `seed`, with all rows that share a value of `column`, such as one patient, on the same side. A row without a value is a group of its own. The column is not a feature. */
  | 'GROUP'
  /** Every k-th row is a test row (0-based index i with i % k == k - 1), for testFraction 1/k. */
  | 'INTERLEAVED'
  /** The last rows of the file are the test set, for files in time order. */
  | 'LAST'
  /** At random, by `seed`; stratified by class if every class has enough rows. */
  | 'RANDOM'
  /** The latest rows by the date or number in `column` are the test set; rows with equal values stay on the same side, and rows without a value are training rows. */
  | 'TIME'
  | '%future added value';

export type StartBatchPredictionInput = {
  /** The model. */
  artifactId: string;
  /** How many of the columns that moved each prediction most are written beside it; at most 10. */
  contributions?: number | null | undefined;
  /** The dataset whose rows are predicted. It must have every column that the model reads. */
  datasetId: string;
  /** Within 24 hours the same key with the same input returns the same batch prediction; with another input, IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
};

export type StartTrainingInput = {
  /** Default: the algorithm with isDefault. */
  algorithm?: AlgorithmName | null | undefined;
  /** The dataset to train on. */
  datasetId: string;
  /** What trains. Default: LOCAL, but DISTRIBUTED for GRADIENT_BOOSTING on a table that is too large for one host, while enough hosts live. ENGINE_UNAVAILABLE if DISTRIBUTED is asked for without them. See TrainingHost. */
  engine?: TrainingEngine | null | undefined;
  /** The columns to learn from. Default: every usable column except the target. */
  features?: Array<string> | null | undefined;
  /** Within 24 hours the same key with the same input returns the same run; with another input, IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** For DECISION_TREE and GRADIENT_BOOSTING, of numbers or two labels: columns as which rise, predictions never fall, or never rise. Of two labels it is the probability of the positive class. Missing values have no place in the order. At most 100. */
  monotone?: Array<MonotoneInput> | null | undefined;
  /** What to call the run: 1 to 200 characters. */
  name?: string | null | undefined;
  /** Parameters of the algorithm. Defaults: see `algorithms`. */
  parameters?: ParametersInput | null | undefined;
  /** AUTO: the plan that an earlier run has carried out, as its model card has it, to make the same model again, however long it takes. */
  plan?: Record<string, unknown> | null | undefined;
  /** Binary classification: the label that precision-recall, ROC and calibration refer to. Default: the label that reads true, yes or 1 if exactly one does, else the rarer one, else the later one. Evaluation.positiveClass names it. */
  positiveClass?: string | null | undefined;
  /** Delivers a model that is fitted again to all rows, the test rows too, with what the first fitting found, such as the number of rounds. Metrics and evaluation are those of the first model, which has not seen the test rows. See TrainingRun.refitted. */
  refit?: boolean | null | undefined;
  /** How the test rows are chosen. Default: 20 % at random. */
  split?: SplitInput | null | undefined;
  /** At most 20, of 1 to 50 characters each. */
  tags?: Array<string> | null | undefined;
  /** The column to predict. Default: the dataset's suggestedTarget. */
  target?: string | null | undefined;
  /** Default: derived from the target column. */
  task?: Task | null | undefined;
  /** A NUMERIC column of weights from 0, by which rows count in fitting; not a feature. A row of weight 2 counts as two, one of weight 0 is left out. Metrics count test rows alike. */
  weightColumn?: string | null | undefined;
};

/** What a model predicts: labels (CLASSIFICATION) or numbers (REGRESSION). */
export type Task =
  | 'CLASSIFICATION'
  | 'REGRESSION'
  | '%future added value';

/** How a client receives its tokens. */
export type TokenTransport =
  /** In the response alone: for clients that are not browsers, and for pages of another site. */
  | 'BODY'
  /** In cookies that scripts cannot read; the access token also in the response. Not over a WebSocket, nor over plain http from another machine. */
  | 'COOKIE'
  | '%future added value';

/** What trains a model. docs/distributed-training.md says when to use which. */
export type TrainingEngine =
  /** XGBoost, on several hosts at once. For GRADIENT_BOOSTING only. */
  | 'DISTRIBUTED'
  /** This server, on one host. */
  | 'LOCAL'
  | '%future added value';

/** What an event is about. */
export type TrainingEventKind =
  /** AUTO: something of a candidate has changed. */
  | 'CANDIDATE'
  /** A message. */
  | 'LOG'
  /** The training progressed, with a new point of the loss curve. */
  | 'METRIC'
  /** The training progressed. */
  | 'PROGRESS'
  /** The stage changed. */
  | 'STAGE'
  /** The status changed. */
  | 'STATUS'
  | '%future added value';

export type TrainingRunFilter = {
  algorithm?: AlgorithmName | null | undefined;
  /** Whether archived runs are listed. */
  archived?: ArchivedFilter | null | undefined;
  /** Runs on this version of a dataset. */
  datasetId?: string | null | undefined;
  /** Runs on any version of the dataset with exactly this name. */
  datasetName?: string | null | undefined;
  /** Runs with one of these statuses. */
  statuses?: Array<RunStatus> | null | undefined;
  /** Runs that have exactly this tag. */
  tag?: string | null | undefined;
  /** Runs that predict exactly this column. */
  target?: string | null | undefined;
  task?: Task | null | undefined;
};

export type UpdateTrainingRunInput = {
  id: string;
  /** 1 to 200 characters; null removes it. Left out, it stays. */
  name?: string | null | undefined;
  /** All tags from now on: at most 20, of 1 to 50 characters each. Left out or null, they stay. */
  tags?: Array<string> | null | undefined;
};

export type UploadDatasetInput = {
  /** How to read the file. Default: everything is detected. */
  csv?: CsvOptionsInput | null | undefined;
  /** Makes retries safe: the same key with the same file, name and options returns the dataset of the first upload; with anything else, IDEMPOTENCY_CONFLICT. A rejected file does not use the key up. 1 to 255 printable ASCII characters without spaces, such as a UUID. inspectDataset ignores it. */
  idempotencyKey?: string | null | undefined;
  /** Default: the file name without its extension. */
  name?: string | null | undefined;
  /** A pinned dataset never expires. */
  pinned?: boolean | null | undefined;
};

export type BatchFieldsFragment = { id: string, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, cancelRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, artifactId: string | null, datasetId: string | null, rowCount: number | null, sizeBytes: number | null, error: { code: string, message: string, hint: string | null } | null, dataset: { id: string, name: string, version: number } | null, warnings: Array<{ column: string, code: string, message: string }>, metrics:
    | { nSamples: number, primary: { name: MetricName, value: number } | null }
    | { nSamples: number, primary: { name: MetricName, value: number } | null }
   | null, drift: Array<{ column: string, statistic: number, missingBefore: number, missingNow: number, unseenRatio: number, verdict: DriftVerdict }> | null };

export type StartBatchPredictionMutationVariables = Exact<{
  input: StartBatchPredictionInput;
}>;


export type StartBatchPredictionMutation = { startBatchPrediction: { id: string, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, cancelRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, artifactId: string | null, datasetId: string | null, rowCount: number | null, sizeBytes: number | null, error: { code: string, message: string, hint: string | null } | null, dataset: { id: string, name: string, version: number } | null, warnings: Array<{ column: string, code: string, message: string }>, metrics:
      | { nSamples: number, primary: { name: MetricName, value: number } | null }
      | { nSamples: number, primary: { name: MetricName, value: number } | null }
     | null, drift: Array<{ column: string, statistic: number, missingBefore: number, missingNow: number, unseenRatio: number, verdict: DriftVerdict }> | null } | null };

export type CancelBatchPredictionMutationVariables = Exact<{
  id: string;
}>;


export type CancelBatchPredictionMutation = { cancelBatchPrediction: { id: string, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, cancelRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, artifactId: string | null, datasetId: string | null, rowCount: number | null, sizeBytes: number | null, error: { code: string, message: string, hint: string | null } | null, dataset: { id: string, name: string, version: number } | null, warnings: Array<{ column: string, code: string, message: string }>, metrics:
      | { nSamples: number, primary: { name: MetricName, value: number } | null }
      | { nSamples: number, primary: { name: MetricName, value: number } | null }
     | null, drift: Array<{ column: string, statistic: number, missingBefore: number, missingNow: number, unseenRatio: number, verdict: DriftVerdict }> | null } | null };

export type BatchPredictionProgressSubscriptionVariables = Exact<{
  id: string;
}>;


export type BatchPredictionProgressSubscription = { batchPredictionProgress: { id: string, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, cancelRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, artifactId: string | null, datasetId: string | null, rowCount: number | null, sizeBytes: number | null, error: { code: string, message: string, hint: string | null } | null, dataset: { id: string, name: string, version: number } | null, warnings: Array<{ column: string, code: string, message: string }>, metrics:
      | { nSamples: number, primary: { name: MetricName, value: number } | null }
      | { nSamples: number, primary: { name: MetricName, value: number } | null }
     | null, drift: Array<{ column: string, statistic: number, missingBefore: number, missingNow: number, unseenRatio: number, verdict: DriftVerdict }> | null } };

export type ColumnFieldsFragment = { index: number, name: string, kind: ColumnKind, missing: number, missingRatio: number, distinct: number };

export type IssueFieldsFragment = { code: string, severity: Severity, message: string, column: string | null, lines: Array<number>, hint: string | null };

export type DialectFieldsFragment = { delimiter: string, quote: string | null, escape: string | null, decimal: string, encoding: string, newline: string, hasBom: boolean, hasHeader: boolean };

export type ReportFieldsFragment = { accepted: boolean, filename: string, sizeBytes: number, rowCount: number | null, columnCount: number | null, suggestedTarget: string | null, suggestedTask: Task | null, dialect: { delimiter: string, quote: string | null, escape: string | null, decimal: string, encoding: string, newline: string, hasBom: boolean, hasHeader: boolean } | null, columns: Array<{ index: number, name: string, kind: ColumnKind, missing: number, missingRatio: number, distinct: number }>, preview: Array<{ line: number, cells: Array<string | null> }>, issues: Array<{ code: string, severity: Severity, message: string, column: string | null, lines: Array<number>, hint: string | null }> };

export type DatasetFieldsFragment = { id: string, name: string, version: number, filename: string, rowCount: number, columnCount: number, suggestedTarget: string | null, suggestedTask: Task | null, createdAt: string };

export type UploadDatasetMutationVariables = Exact<{
  file: File;
  input?: UploadDatasetInput | null | undefined;
}>;


export type UploadDatasetMutation = { uploadDataset: { dataset: { id: string, name: string, version: number, filename: string, rowCount: number, columnCount: number, suggestedTarget: string | null, suggestedTask: Task | null, createdAt: string } | null, report: { accepted: boolean, filename: string, sizeBytes: number, rowCount: number | null, columnCount: number | null, suggestedTarget: string | null, suggestedTask: Task | null, dialect: { delimiter: string, quote: string | null, escape: string | null, decimal: string, encoding: string, newline: string, hasBom: boolean, hasHeader: boolean } | null, columns: Array<{ index: number, name: string, kind: ColumnKind, missing: number, missingRatio: number, distinct: number }>, preview: Array<{ line: number, cells: Array<string | null> }>, issues: Array<{ code: string, severity: Severity, message: string, column: string | null, lines: Array<number>, hint: string | null }> } } | null };

export type InspectDatasetMutationVariables = Exact<{
  file: File;
  input?: UploadDatasetInput | null | undefined;
}>;


export type InspectDatasetMutation = { inspectDataset: { accepted: boolean, filename: string, sizeBytes: number, rowCount: number | null, columnCount: number | null, suggestedTarget: string | null, suggestedTask: Task | null, dialect: { delimiter: string, quote: string | null, escape: string | null, decimal: string, encoding: string, newline: string, hasBom: boolean, hasHeader: boolean } | null, columns: Array<{ index: number, name: string, kind: ColumnKind, missing: number, missingRatio: number, distinct: number }>, preview: Array<{ line: number, cells: Array<string | null> }>, issues: Array<{ code: string, severity: Severity, message: string, column: string | null, lines: Array<number>, hint: string | null }> } | null };

export type CreateDownloadMutationVariables = Exact<{
  input: DownloadInput;
}>;


export type CreateDownloadMutation = { createDownload: { url: string, expiresAt: string, filename: string, sizeBytes: number | null } | null };

export type ImportModelMutationVariables = Exact<{
  file: File;
  input: ImportModelInput;
}>;


export type ImportModelMutation = { importModel: { artifact: { id: string, runId: string, importedFrom: ForeignModelFormat | null, labels: Array<string> | null } | null, report: Array<{ code: string, severity: Severity, message: string, column: string | null, lines: Array<number>, hint: string | null }> } | null };

export type PredictQueryVariables = Exact<{
  artifactId?: string | null | undefined;
  alias?: string | null | undefined;
  rows: Array<Record<string, unknown>> | Record<string, unknown>;
  contributions: number;
}>;


export type PredictQuery = { predict: { artifactId: string, task: Task, predictions: Array<{ label: string | null, value: number | null, low: number | null, high: number | null, base: number | null, probabilities: Array<{ label: string, probability: number }> | null, contributions: Array<{ feature: string, value: string | null, contribution: number }> | null, warnings: Array<{ column: string, code: string, message: string }> }> } | null };

export type CurvePointFieldsFragment = { iteration: number, seconds: number | null, trainLoss: number | null, validationLoss: number | null };

export type RunErrorFieldsFragment = { code: string, message: string, hint: string | null };

export type MetricValueFieldsFragment = { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean };

type MetricsFields_ClassificationMetrics_Fragment = { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> };

type MetricsFields_RegressionMetrics_Fragment = { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> };

export type MetricsFieldsFragment =
  | MetricsFields_ClassificationMetrics_Fragment
  | MetricsFields_RegressionMetrics_Fragment
;

export type CandidateFieldsFragment = { id: string, name: string, algorithm: AlgorithmName, status: CandidateStatus, reason: string | null, foldsDone: number, folds: number, loss: number | null, low: number | null, high: number | null, fitSeconds: number | null, predictMicroseconds: number | null, weight: number | null, score: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null };

export type RunFieldsFragment = { id: string, name: string | null, tags: Array<string>, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, endReason: EndReason | null, cancelRequestedAt: string | null, stopRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, archivedAt: string | null, datasetId: string, datasetName: string, datasetVersion: number, target: string, task: Task, algorithm: AlgorithmName, engine: TrainingEngine, hosts: number | null, importedFrom: ForeignModelFormat | null, error: { code: string, message: string, hint: string | null } | null, metrics:
    | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
    | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
   | null, baseline:
    | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
    | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
   | null, artifact: { id: string } | null };

export type TrainingProgressSubscriptionVariables = Exact<{
  runId: string;
}>;


export type TrainingProgressSubscription = { trainingProgress: { id: string, name: string | null, tags: Array<string>, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, endReason: EndReason | null, cancelRequestedAt: string | null, stopRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, archivedAt: string | null, datasetId: string, datasetName: string, datasetVersion: number, target: string, task: Task, algorithm: AlgorithmName, engine: TrainingEngine, hosts: number | null, importedFrom: ForeignModelFormat | null, error: { code: string, message: string, hint: string | null } | null, metrics:
      | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
      | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
     | null, baseline:
      | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
      | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
     | null, artifact: { id: string } | null } };

export type TrainingEventsSubscriptionVariables = Exact<{
  runId: string;
  afterSeq: number;
}>;


export type TrainingEventsSubscription = { trainingEvents: { runId: string, seq: number, at: string, kind: TrainingEventKind, attempt: number, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, message: string | null, point: { iteration: number, seconds: number | null, trainLoss: number | null, validationLoss: number | null } | null, error: { code: string, message: string, hint: string | null } | null, candidate: { id: string, name: string, algorithm: AlgorithmName, status: CandidateStatus, reason: string | null, foldsDone: number, folds: number, loss: number | null, low: number | null, high: number | null, fitSeconds: number | null, predictMicroseconds: number | null, weight: number | null, score: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null } | null } };

export type TrainingRunChangesSubscriptionVariables = Exact<{
  datasetId?: string | null | undefined;
}>;


export type TrainingRunChangesSubscription = { trainingRunChanges: { kind: ChangeKind, runId: string, run: { id: string, name: string | null, tags: Array<string>, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, endReason: EndReason | null, cancelRequestedAt: string | null, stopRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, archivedAt: string | null, datasetId: string, datasetName: string, datasetVersion: number, target: string, task: Task, algorithm: AlgorithmName, engine: TrainingEngine, hosts: number | null, importedFrom: ForeignModelFormat | null, error: { code: string, message: string, hint: string | null } | null, metrics:
        | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
        | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
       | null, baseline:
        | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
        | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
       | null, artifact: { id: string } | null } | null } };

export type TrainingCurveQueryVariables = Exact<{
  runId: string;
  maxPoints: number;
}>;


export type TrainingCurveQuery = { trainingRun: { id: string, status: RunStatus, attempt: number, curve: Array<{ iteration: number, seconds: number | null, trainLoss: number | null, validationLoss: number | null }> } | null };

export type LeaderboardQueryVariables = Exact<{
  runId: string;
}>;


export type LeaderboardQuery = { trainingRun: { id: string, status: RunStatus, leaderboard: Array<{ id: string, name: string, algorithm: AlgorithmName, status: CandidateStatus, reason: string | null, foldsDone: number, folds: number, loss: number | null, low: number | null, high: number | null, fitSeconds: number | null, predictMicroseconds: number | null, weight: number | null, score: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null }> | null } | null };

export type TrainingRunsQueryVariables = Exact<{
  filter?: TrainingRunFilter | null | undefined;
  orderBy?: RunOrder | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type TrainingRunsQuery = { trainingRuns: { nodes: Array<{ id: string, name: string | null, tags: Array<string>, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, endReason: EndReason | null, cancelRequestedAt: string | null, stopRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, archivedAt: string | null, datasetId: string, datasetName: string, datasetVersion: number, target: string, task: Task, algorithm: AlgorithmName, engine: TrainingEngine, hosts: number | null, importedFrom: ForeignModelFormat | null, error: { code: string, message: string, hint: string | null } | null, metrics:
        | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
        | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
       | null, baseline:
        | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
        | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
       | null, artifact: { id: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type AlgorithmsQueryVariables = Exact<{
  task?: Task | null | undefined;
}>;


export type AlgorithmsQuery = { algorithms: Array<{ name: AlgorithmName, tasks: Array<Task>, description: string, enabled: boolean, isDefault: boolean, engines: Array<TrainingEngine>, parameters: Array<{ name: string, kind: ParameterKind, default: string | null, min: number | null, max: number | null, choices: Array<string>, description: string }> }> | null };

export type StartTrainingMutationVariables = Exact<{
  input: StartTrainingInput;
}>;


export type StartTrainingMutation = { startTraining: { id: string, name: string | null, tags: Array<string>, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, endReason: EndReason | null, cancelRequestedAt: string | null, stopRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, archivedAt: string | null, datasetId: string, datasetName: string, datasetVersion: number, target: string, task: Task, algorithm: AlgorithmName, engine: TrainingEngine, hosts: number | null, importedFrom: ForeignModelFormat | null, error: { code: string, message: string, hint: string | null } | null, metrics:
      | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
      | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
     | null, baseline:
      | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
      | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
     | null, artifact: { id: string } | null } | null };

export type UpdateTrainingRunMutationVariables = Exact<{
  input: UpdateTrainingRunInput;
}>;


export type UpdateTrainingRunMutation = { updateTrainingRun: { id: string, name: string | null, tags: Array<string>, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, endReason: EndReason | null, cancelRequestedAt: string | null, stopRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, archivedAt: string | null, datasetId: string, datasetName: string, datasetVersion: number, target: string, task: Task, algorithm: AlgorithmName, engine: TrainingEngine, hosts: number | null, importedFrom: ForeignModelFormat | null, error: { code: string, message: string, hint: string | null } | null, metrics:
      | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
      | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
     | null, baseline:
      | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
      | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
     | null, artifact: { id: string } | null } | null };

export type CancelTrainingMutationVariables = Exact<{
  id: string;
}>;


export type CancelTrainingMutation = { cancelTraining: { id: string, name: string | null, tags: Array<string>, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, endReason: EndReason | null, cancelRequestedAt: string | null, stopRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, archivedAt: string | null, datasetId: string, datasetName: string, datasetVersion: number, target: string, task: Task, algorithm: AlgorithmName, engine: TrainingEngine, hosts: number | null, importedFrom: ForeignModelFormat | null, error: { code: string, message: string, hint: string | null } | null, metrics:
      | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
      | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
     | null, baseline:
      | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
      | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
     | null, artifact: { id: string } | null } | null };

export type StopTrainingMutationVariables = Exact<{
  id: string;
}>;


export type StopTrainingMutation = { stopTraining: { id: string, name: string | null, tags: Array<string>, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, endReason: EndReason | null, cancelRequestedAt: string | null, stopRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, archivedAt: string | null, datasetId: string, datasetName: string, datasetVersion: number, target: string, task: Task, algorithm: AlgorithmName, engine: TrainingEngine, hosts: number | null, importedFrom: ForeignModelFormat | null, error: { code: string, message: string, hint: string | null } | null, metrics:
      | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
      | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
     | null, baseline:
      | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
      | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
     | null, artifact: { id: string } | null } | null };

export type RetryTrainingMutationVariables = Exact<{
  id: string;
}>;


export type RetryTrainingMutation = { retryTraining: { id: string, name: string | null, tags: Array<string>, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, endReason: EndReason | null, cancelRequestedAt: string | null, stopRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, archivedAt: string | null, datasetId: string, datasetName: string, datasetVersion: number, target: string, task: Task, algorithm: AlgorithmName, engine: TrainingEngine, hosts: number | null, importedFrom: ForeignModelFormat | null, error: { code: string, message: string, hint: string | null } | null, metrics:
      | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
      | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
     | null, baseline:
      | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
      | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
     | null, artifact: { id: string } | null } | null };

export type CompareRunsQueryVariables = Exact<{
  ids: Array<string> | string;
}>;


export type CompareRunsQuery = { compareRuns: { warnings: Array<string>, runs: Array<{ id: string, name: string | null, tags: Array<string>, status: RunStatus, stage: RunStage, progress: number, etaSeconds: number | null, queuePosition: number | null, attempt: number, endReason: EndReason | null, cancelRequestedAt: string | null, stopRequestedAt: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, durationSeconds: number | null, archivedAt: string | null, datasetId: string, datasetName: string, datasetVersion: number, target: string, task: Task, algorithm: AlgorithmName, engine: TrainingEngine, hosts: number | null, importedFrom: ForeignModelFormat | null, error: { code: string, message: string, hint: string | null } | null, metrics:
        | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
        | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
       | null, baseline:
        | { __typename: 'ClassificationMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
        | { __typename: 'RegressionMetrics', task: Task, nSamples: number, nFeatures: number, primary: { name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean } | null, values: Array<{ name: MetricName, value: number, low: number | null, high: number | null, higherIsBetter: boolean }> }
       | null, artifact: { id: string } | null }>, metrics: Array<{ name: MetricName, higherIsBetter: boolean, values: Array<number | null>, bestRunId: string | null, significant: boolean | null }>, parameters: Array<{ name: string, values: Array<string | null>, differs: boolean }> } | null };

export type SessionFieldsFragment = { accessToken: string, accessTokenExpiresAt: string, viewer: { id: string, role: Role, user: { id: string, email: string | null, name: string | null } | null, workspace: { id: string, name: string } } };

export type SignInMutationVariables = Exact<{
  input: SignInInput;
}>;


export type SignInMutation = { signIn: { accessToken: string, accessTokenExpiresAt: string, viewer: { id: string, role: Role, user: { id: string, email: string | null, name: string | null } | null, workspace: { id: string, name: string } } } | null };

export type SignUpMutationVariables = Exact<{
  input: SignUpInput;
}>;


export type SignUpMutation = { signUp: { accessToken: string, accessTokenExpiresAt: string, viewer: { id: string, role: Role, user: { id: string, email: string | null, name: string | null } | null, workspace: { id: string, name: string } } } | null };

export type RefreshSessionMutationVariables = Exact<{ [key: string]: never; }>;


export type RefreshSessionMutation = { refreshSession: { accessToken: string, accessTokenExpiresAt: string, viewer: { id: string, role: Role, user: { id: string, email: string | null, name: string | null } | null, workspace: { id: string, name: string } } } | null };

export type SignOutMutationVariables = Exact<{
  everywhere: boolean;
}>;


export type SignOutMutation = { signOut: { everywhere: boolean } | null };

const BATCH_FIELDS_TEXT = `fragment BatchFields on BatchPrediction {
  id
  status
  stage
  progress
  etaSeconds
  queuePosition
  attempt
  cancelRequestedAt
  error {
    code
    message
    hint
  }
  createdAt
  startedAt
  finishedAt
  artifactId
  datasetId
  dataset {
    id
    name
    version
  }
  rowCount
  sizeBytes
  warnings {
    column
    code
    message
  }
  metrics {
    nSamples
    primary {
      name
      value
    }
  }
  drift {
    column
    statistic
    missingBefore
    missingNow
    unseenRatio
    verdict
  }
}`;

const COLUMN_FIELDS_TEXT = `fragment ColumnFields on Column {
  index
  name
  kind
  missing
  missingRatio
  distinct
}`;

const ISSUE_FIELDS_TEXT = `fragment IssueFields on DatasetIssue {
  code
  severity
  message
  column
  lines
  hint
}`;

const DIALECT_FIELDS_TEXT = `fragment DialectFields on CsvDialect {
  delimiter
  quote
  escape
  decimal
  encoding
  newline
  hasBom
  hasHeader
}`;

const REPORT_FIELDS_TEXT = `fragment ReportFields on DatasetReport {
  accepted
  filename
  sizeBytes
  rowCount
  columnCount
  suggestedTarget
  suggestedTask
  dialect {
    ...DialectFields
  }
  columns(limit: 1000) {
    ...ColumnFields
  }
  preview {
    line
    cells
  }
  issues {
    ...IssueFields
  }
}`;

const DATASET_FIELDS_TEXT = `fragment DatasetFields on Dataset {
  id
  name
  version
  filename
  rowCount
  columnCount
  suggestedTarget
  suggestedTask
  createdAt
}`;

const CURVE_POINT_FIELDS_TEXT = `fragment CurvePointFields on CurvePoint {
  iteration
  seconds
  trainLoss
  validationLoss
}`;

const RUN_ERROR_FIELDS_TEXT = `fragment RunErrorFields on RunError {
  code
  message
  hint
}`;

const METRIC_VALUE_FIELDS_TEXT = `fragment MetricValueFields on MetricValue {
  name
  value
  low
  high
  higherIsBetter
}`;

const METRICS_FIELDS_TEXT = `fragment MetricsFields on Metrics {
  __typename
  task
  nSamples
  nFeatures
  primary {
    ...MetricValueFields
  }
  values {
    ...MetricValueFields
  }
}`;

const CANDIDATE_FIELDS_TEXT = `fragment CandidateFields on Candidate {
  id
  name
  algorithm
  status
  reason
  foldsDone
  folds
  loss
  low
  high
  score {
    ...MetricValueFields
  }
  fitSeconds
  predictMicroseconds
  weight
}`;

const RUN_FIELDS_TEXT = `fragment RunFields on TrainingRun {
  id
  name
  tags
  status
  stage
  progress
  etaSeconds
  queuePosition
  attempt
  endReason
  cancelRequestedAt
  stopRequestedAt
  createdAt
  startedAt
  finishedAt
  durationSeconds
  archivedAt
  datasetId
  datasetName
  datasetVersion
  target
  task
  algorithm
  engine
  hosts
  importedFrom
  error {
    ...RunErrorFields
  }
  metrics {
    ...MetricsFields
  }
  baseline {
    ...MetricsFields
  }
  artifact {
    id
  }
}`;

const SESSION_FIELDS_TEXT = `fragment SessionFields on Session {
  accessToken
  accessTokenExpiresAt
  viewer {
    id
    role
    user {
      id
      email
      name
    }
    workspace {
      id
      name
    }
  }
}`;

export const StartBatchPredictionDocument: Operation<StartBatchPredictionMutation, StartBatchPredictionMutationVariables> = `mutation StartBatchPrediction($input: StartBatchPredictionInput!) {
  startBatchPrediction(input: $input) {
    ...BatchFields
  }
}
${BATCH_FIELDS_TEXT}`;

export const CancelBatchPredictionDocument: Operation<CancelBatchPredictionMutation, CancelBatchPredictionMutationVariables> = `mutation CancelBatchPrediction($id: ID!) {
  cancelBatchPrediction(id: $id) {
    ...BatchFields
  }
}
${BATCH_FIELDS_TEXT}`;

export const BatchPredictionProgressDocument: Operation<BatchPredictionProgressSubscription, BatchPredictionProgressSubscriptionVariables> = `subscription BatchPredictionProgress($id: ID!) {
  batchPredictionProgress(id: $id) {
    ...BatchFields
  }
}
${BATCH_FIELDS_TEXT}`;

export const UploadDatasetDocument: Operation<UploadDatasetMutation, UploadDatasetMutationVariables> = `mutation UploadDataset($file: Upload!, $input: UploadDatasetInput) {
  uploadDataset(file: $file, input: $input) {
    dataset {
      ...DatasetFields
    }
    report {
      ...ReportFields
    }
  }
}
${DATASET_FIELDS_TEXT}
${REPORT_FIELDS_TEXT}
${DIALECT_FIELDS_TEXT}
${COLUMN_FIELDS_TEXT}
${ISSUE_FIELDS_TEXT}`;

export const InspectDatasetDocument: Operation<InspectDatasetMutation, InspectDatasetMutationVariables> = `mutation InspectDataset($file: Upload!, $input: UploadDatasetInput) {
  inspectDataset(file: $file, input: $input) {
    ...ReportFields
  }
}
${REPORT_FIELDS_TEXT}
${DIALECT_FIELDS_TEXT}
${COLUMN_FIELDS_TEXT}
${ISSUE_FIELDS_TEXT}`;

export const CreateDownloadDocument: Operation<CreateDownloadMutation, CreateDownloadMutationVariables> = `mutation CreateDownload($input: DownloadInput!) {
  createDownload(input: $input) {
    url
    expiresAt
    filename
    sizeBytes
  }
}`;

export const ImportModelDocument: Operation<ImportModelMutation, ImportModelMutationVariables> = `mutation ImportModel($file: Upload!, $input: ImportModelInput!) {
  importModel(file: $file, input: $input) {
    artifact {
      id
      runId
      importedFrom
      labels
    }
    report {
      ...IssueFields
    }
  }
}
${ISSUE_FIELDS_TEXT}`;

export const PredictDocument: Operation<PredictQuery, PredictQueryVariables> = `query Predict($artifactId: ID, $alias: String, $rows: [JSONObject!]!, $contributions: Int!) {
  predict(artifactId: $artifactId, alias: $alias, rows: $rows) {
    artifactId
    task
    predictions {
      label
      value
      low
      high
      probabilities {
        label
        probability
      }
      base
      contributions(limit: $contributions) {
        feature
        value
        contribution
      }
      warnings {
        column
        code
        message
      }
    }
  }
}`;

export const TrainingProgressDocument: Operation<TrainingProgressSubscription, TrainingProgressSubscriptionVariables> = `subscription TrainingProgress($runId: ID!) {
  trainingProgress(runId: $runId) {
    ...RunFields
  }
}
${RUN_FIELDS_TEXT}
${RUN_ERROR_FIELDS_TEXT}
${METRICS_FIELDS_TEXT}
${METRIC_VALUE_FIELDS_TEXT}`;

export const TrainingEventsDocument: Operation<TrainingEventsSubscription, TrainingEventsSubscriptionVariables> = `subscription TrainingEvents($runId: ID!, $afterSeq: Int!) {
  trainingEvents(runId: $runId, afterSeq: $afterSeq) {
    runId
    seq
    at
    kind
    attempt
    status
    stage
    progress
    etaSeconds
    queuePosition
    message
    point {
      ...CurvePointFields
    }
    error {
      ...RunErrorFields
    }
    candidate {
      ...CandidateFields
    }
  }
}
${CURVE_POINT_FIELDS_TEXT}
${RUN_ERROR_FIELDS_TEXT}
${CANDIDATE_FIELDS_TEXT}
${METRIC_VALUE_FIELDS_TEXT}`;

export const TrainingRunChangesDocument: Operation<TrainingRunChangesSubscription, TrainingRunChangesSubscriptionVariables> = `subscription TrainingRunChanges($datasetId: ID) {
  trainingRunChanges(datasetId: $datasetId) {
    kind
    runId
    run {
      ...RunFields
    }
  }
}
${RUN_FIELDS_TEXT}
${RUN_ERROR_FIELDS_TEXT}
${METRICS_FIELDS_TEXT}
${METRIC_VALUE_FIELDS_TEXT}`;

export const TrainingCurveDocument: Operation<TrainingCurveQuery, TrainingCurveQueryVariables> = `query TrainingCurve($runId: ID!, $maxPoints: Int!) {
  trainingRun(id: $runId) {
    id
    status
    attempt
    curve(maxPoints: $maxPoints) {
      ...CurvePointFields
    }
  }
}
${CURVE_POINT_FIELDS_TEXT}`;

export const LeaderboardDocument: Operation<LeaderboardQuery, LeaderboardQueryVariables> = `query Leaderboard($runId: ID!) {
  trainingRun(id: $runId) {
    id
    status
    leaderboard {
      ...CandidateFields
    }
  }
}
${CANDIDATE_FIELDS_TEXT}
${METRIC_VALUE_FIELDS_TEXT}`;

export const TrainingRunsDocument: Operation<TrainingRunsQuery, TrainingRunsQueryVariables> = `query TrainingRuns($filter: TrainingRunFilter, $orderBy: RunOrder, $first: Int!, $after: String) {
  trainingRuns(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      ...RunFields
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
${RUN_FIELDS_TEXT}
${RUN_ERROR_FIELDS_TEXT}
${METRICS_FIELDS_TEXT}
${METRIC_VALUE_FIELDS_TEXT}`;

export const AlgorithmsDocument: Operation<AlgorithmsQuery, AlgorithmsQueryVariables> = `query Algorithms($task: Task) {
  algorithms(task: $task) {
    name
    tasks
    description
    enabled
    isDefault
    engines
    parameters {
      name
      kind
      default
      min
      max
      choices
      description
    }
  }
}`;

export const StartTrainingDocument: Operation<StartTrainingMutation, StartTrainingMutationVariables> = `mutation StartTraining($input: StartTrainingInput!) {
  startTraining(input: $input) {
    ...RunFields
  }
}
${RUN_FIELDS_TEXT}
${RUN_ERROR_FIELDS_TEXT}
${METRICS_FIELDS_TEXT}
${METRIC_VALUE_FIELDS_TEXT}`;

export const UpdateTrainingRunDocument: Operation<UpdateTrainingRunMutation, UpdateTrainingRunMutationVariables> = `mutation UpdateTrainingRun($input: UpdateTrainingRunInput!) {
  updateTrainingRun(input: $input) {
    ...RunFields
  }
}
${RUN_FIELDS_TEXT}
${RUN_ERROR_FIELDS_TEXT}
${METRICS_FIELDS_TEXT}
${METRIC_VALUE_FIELDS_TEXT}`;

export const CancelTrainingDocument: Operation<CancelTrainingMutation, CancelTrainingMutationVariables> = `mutation CancelTraining($id: ID!) {
  cancelTraining(id: $id) {
    ...RunFields
  }
}
${RUN_FIELDS_TEXT}
${RUN_ERROR_FIELDS_TEXT}
${METRICS_FIELDS_TEXT}
${METRIC_VALUE_FIELDS_TEXT}`;

export const StopTrainingDocument: Operation<StopTrainingMutation, StopTrainingMutationVariables> = `mutation StopTraining($id: ID!) {
  stopTraining(id: $id) {
    ...RunFields
  }
}
${RUN_FIELDS_TEXT}
${RUN_ERROR_FIELDS_TEXT}
${METRICS_FIELDS_TEXT}
${METRIC_VALUE_FIELDS_TEXT}`;

export const RetryTrainingDocument: Operation<RetryTrainingMutation, RetryTrainingMutationVariables> = `mutation RetryTraining($id: ID!) {
  retryTraining(id: $id) {
    ...RunFields
  }
}
${RUN_FIELDS_TEXT}
${RUN_ERROR_FIELDS_TEXT}
${METRICS_FIELDS_TEXT}
${METRIC_VALUE_FIELDS_TEXT}`;

export const CompareRunsDocument: Operation<CompareRunsQuery, CompareRunsQueryVariables> = `query CompareRuns($ids: [ID!]!) {
  compareRuns(ids: $ids) {
    runs {
      ...RunFields
    }
    metrics {
      name
      higherIsBetter
      values
      bestRunId
      significant
    }
    parameters {
      name
      values
      differs
    }
    warnings
  }
}
${RUN_FIELDS_TEXT}
${RUN_ERROR_FIELDS_TEXT}
${METRICS_FIELDS_TEXT}
${METRIC_VALUE_FIELDS_TEXT}`;

export const SignInDocument: Operation<SignInMutation, SignInMutationVariables> = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    ...SessionFields
  }
}
${SESSION_FIELDS_TEXT}`;

export const SignUpDocument: Operation<SignUpMutation, SignUpMutationVariables> = `mutation SignUp($input: SignUpInput!) {
  signUp(input: $input) {
    ...SessionFields
  }
}
${SESSION_FIELDS_TEXT}`;

export const RefreshSessionDocument: Operation<RefreshSessionMutation, RefreshSessionMutationVariables> = `mutation RefreshSession {
  refreshSession {
    ...SessionFields
  }
}
${SESSION_FIELDS_TEXT}`;

export const SignOutDocument: Operation<SignOutMutation, SignOutMutationVariables> = `mutation SignOut($everywhere: Boolean!) {
  signOut(everywhere: $everywhere) {
    everywhere
  }
}`;
