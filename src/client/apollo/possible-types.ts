// Generated from the code by "npm run generate"; do not edit.

/** The types of each interface: without them, Apollo's cache shows a fragment on one as empty. */
export const POSSIBLE_TYPES = {
  Job: ['BatchPrediction', 'TrainingRun'],
  Metrics: ['ClassificationMetrics', 'RegressionMetrics'],
  Node: ['Artifact', 'BatchPrediction', 'Dataset', 'TrainingRun', 'UploadSession'],
};
