export { TrainyardProvider, useTrainyard } from './provider.ts';
export {
  type ImportedArtifact,
  type ModelImport,
  type ModelImportState,
  useModelImport,
} from './uploads/use-model-import.ts';
export { type Upload, type UploadState, useUpload } from './uploads/use-upload.ts';
export type { Action } from './use-action.ts';
export { type BatchPredictionRequest, type LiveBatchPrediction, useBatchPrediction } from './use-batch-prediction.ts';
export { useConnection } from './use-connection.ts';
export { type Download, type DownloadButton, useDownload } from './use-download.ts';
export { type Leaderboard, useLeaderboard } from './use-leaderboard.ts';
export type { Loaded } from './use-loaded.ts';
export { type ModelChoice, type PredictionForm, type Predictions, usePrediction } from './use-prediction.ts';
export { type RunComparison, useRunComparison } from './use-run-comparison.ts';
export { type TrainingCurve, useTrainingCurve } from './use-training-curve.ts';
export { type TrainingEvents, useTrainingEvents } from './use-training-events.ts';
export {
  type TrainingForm,
  type TrainingFormOptions,
  type TrainingFormValues,
  useTrainingForm,
} from './use-training-form.ts';
export { isActive, type LiveTrainingRun, useTrainingRun } from './use-training-run.ts';
export { type LiveTrainingRuns, type TrainingRunsOptions, useTrainingRuns } from './use-training-runs.ts';
