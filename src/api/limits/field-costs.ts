/** Arguments that say how many items of a list are wanted. */
export const PAGE_ARGUMENTS: readonly string[] = ['first', 'limit', 'rows', 'maxPoints'];

/** More than any class, label or point of an evaluation: up to so many are kept. */
const EVALUATED = 500;

/**
 * How many items the lists have whose length no argument says, by their coordinates: the most that there can be, or, where
 * only the file sets a bound, as many as are usual. The list within a connection has the connection's length. A test
 * compares the table with the schema.
 */
export const LIST_LENGTHS: Readonly<Record<string, number>> = {
  // Of a dataset, and of the report of a file.
  ...{ 'Dataset.issues': 10, 'DatasetReport.issues': 10, 'DatasetIssue.lines': 10, 'DatasetReport.preview': 5 },
  ...{ 'PreviewRow.cells': 200, 'NumericProfile.histogram': 20 },
  // Of a run, and of its evaluation.
  ...{ 'TrainingRun.parameters': 15, 'TrainingRun.warnings': 20 },
  ...{ 'Metrics.undefinedMetrics': 2, 'ClassificationMetrics.undefinedMetrics': 2 },
  ...{
    'RegressionMetrics.undefinedMetrics': 2,
    'ConfusionMatrix.labels': EVALUATED,
    'Evaluation.perClass': EVALUATED,
  },
  ...{ 'Evaluation.residuals': EVALUATED, 'Evaluation.calibration': 10 },
  ...{ 'Evaluation.rocCurve': 200, 'Evaluation.precisionRecallCurve': 200 },
  // Of a comparison: it counts for as many runs as there may be, and has no more metrics and parameters.
  ...{ 'Query.compareRuns': 20, 'RunComparison.runs': 1, 'RunComparison.metrics': 1, 'RunComparison.parameters': 1 },
  ...{ 'RunComparison.warnings': 1, 'ComparedMetric.values': 20, 'ComparedParameter.values': 20 },
  // Of the algorithms, and of the runs of a period: 366 days with each status and algorithm are more than any workspace has.
  ...{ 'Query.algorithms': 5, 'Algorithm.parameters': 15, 'Algorithm.tasks': 2, 'ParameterSpec.choices': 5 },
  ...{ 'RunStatistics.days': 5_000, 'RunStatistics.byStatus': 5, 'RunStatistics.byAlgorithm': 5 },
  // Few users are in more workspaces, and a server has so few parts that can fail.
  ...{ 'Viewer.memberships': 10, 'Health.faults': 5 },
};

/**
 * Fields of which each is read, or made, from much, or is much in one: they cost so many values, whatever is selected of them.
 * A matrix has up to 250,000 counts, which are written faster than values of their own: three may stand in an operation. A
 * curve is thinned from all of its points, however few are asked for. The metrics of a comparison, which are some 20, are
 * tested together. An address is signed.
 */
export const FIELD_WEIGHTS: Readonly<Record<string, number>> = {
  ...{ 'TrainingRun.evaluation': 100, 'ConfusionMatrix.counts': 25_000, 'TrainingRun.curve': 500 },
  ...{ 'TrainingRun.modelCard': 200, 'Dataset.downloadUrl': 20, 'Artifact.modelUrl': 20 },
  ...{ 'Workspace.runStatistics': 5_000, 'ComparedMetric.significant': 250, 'MetricsSummary.latestChange': 5_000 },
};

/** Items of these lists are read with all that there is to them, whatever is selected: each costs so many values more. */
export const ITEM_WEIGHTS: Readonly<Record<string, number>> = { 'Dataset.columns': 5 };

/** Fields that are no list themselves: their argument says how long the list with these coordinates is, within them. */
export const LISTS_WITHIN: Readonly<Record<string, string>> = { 'Query.metricsSummary': 'MetricsSummary.trends' };

/** Guessing passwords by the hundred in one request would pass every limit that counts requests. */
export const ONCE_PER_OPERATION: readonly string[] = ['signIn', 'signUp'];
