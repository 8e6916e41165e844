export { TrainyardProvider, useTrainyard } from './provider.ts';
export type { Action } from './use-action.ts';
export { useConnection } from './use-connection.ts';
export { type Download, type DownloadButton, useDownload } from './use-download.ts';
export type { Loaded } from './use-loaded.ts';
export { type ModelChoice, type PredictionForm, type Predictions, usePrediction } from './use-prediction.ts';
export { type RunComparison, useRunComparison } from './use-run-comparison.ts';
export { isActive, type LiveTrainingRun, useTrainingRun } from './use-training-run.ts';
export { type Upload, type UploadState, useUpload } from './use-upload.ts';
